import { Type } from 'avsc';
import { EXACT_LONG } from '../../adapters/avro/exact-long';
import { unscaledOf } from '../../core/decimal';
import type { AvroNamed, AvroType } from '../../core/work/avro-schema';

/** Makes what Avro stores of a JSON value. */
type Store = (value: unknown) => unknown;

/** A value that its column cannot hold. */
export class UnfitValueError extends RangeError {
  override readonly name = 'UnfitValueError';
}

const unfit = (value: unknown, what: string): UnfitValueError =>
  new UnfitValueError(`expected ${what}, received ${JSON.stringify(value)?.slice(0, 80)}`);

const DAY_MS = 86_400_000;
const MOMENT =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?\s*(?:(Z)|([+-])(\d{2})(?::?(\d{2}))?)?)?$/;
const MICRO_DIGITS = 6;

/** Microseconds since 1970 of a date or a moment as JSON Schema and DuckDB write them; one without a zone is UTC. */
function microsOf(value: unknown): bigint {
  const match = MOMENT.exec(String(value));
  if (!match) throw unfit(value, 'a date or a moment');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const [, , , , , , , fraction = '', , sign, zoneHours = '0', zoneMinutes = '0'] = match;
  const zone = (sign === '-' ? -1 : 1) * (Number(zoneHours) * 60 + Number(zoneMinutes));
  // `Date.UTC` takes the years 0 to 99 for 1900 to 1999.
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, day);
  moment.setUTCHours(hour, minute - zone, second);
  return BigInt(moment.getTime()) * 1000n + BigInt(fraction.slice(0, MICRO_DIGITS).padEnd(MICRO_DIGITS, '0'));
}

const daysOf: Store = (value) => Number(microsOf(value) / 1000n) / DAY_MS;

/** Two's complement, as short as it may be. */
function bytesOf(value: bigint): Buffer {
  const bytes: number[] = [];
  let left = value;
  do {
    bytes.unshift(Number(left & 0xffn));
    left >>= 8n;
  } while (!(left === 0n && (bytes[0] as number) < 128) && !(left === -1n && (bytes[0] as number) >= 128));
  return Buffer.from(bytes);
}

function decimalStore({ precision = 1, scale = 0 }: AvroNamed): Store {
  return (value) => {
    const unscaled = unscaledOf(String(value), { precision, scale });
    if (unscaled === undefined) throw unfit(value, `a number of ${precision} digits, ${scale} of them behind the point`);
    return bytesOf(unscaled);
  };
}

const textOf: Store = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
const LOGICAL: Readonly<Record<string, (type: AvroNamed) => Store>> = {
  date: () => daysOf,
  'timestamp-micros': () => (value) => String(microsOf(value)),
  decimal: decimalStore,
};

const isChoice = (type: AvroType): type is readonly AvroType[] => Array.isArray(type);
const asIs: Store = (value) => value;

function storeOf(type: AvroType): Store {
  if (type === 'string') return textOf;
  if (typeof type === 'string') return asIs;
  if (isChoice(type)) return optional(storeOf(type.find((one) => one !== 'null') ?? 'null'));
  if (type.fields) return recordStore(type);
  if (type.items !== undefined) return listStore(storeOf(type.items));
  return LOGICAL[type.logicalType ?? '']?.(type) ?? asIs;
}

const optional =
  (store: Store): Store =>
  (value) =>
    value === null || value === undefined ? null : store(value);

function recordStore({ fields = [] }: AvroNamed): Store {
  const stores = fields.map(({ name, type }) => ({ name, store: storeOf(type) }));
  return (value) => {
    const record = value as Readonly<Record<string, unknown>>;
    return Object.fromEntries(stores.map(({ name, store }) => [name, store(Object.hasOwn(record, name) ? record[name] : undefined)]));
  };
}

function listStore(store: Store): Store {
  return (value) => {
    if (!Array.isArray(value)) throw unfit(value, 'a list');
    return value.map(store);
  };
}

/** What is stored needs no logical types: they only tell readers what it means. */
function storedType(type: AvroType): AvroType {
  if (typeof type === 'string') return type;
  if (isChoice(type)) return type.map(storedType);
  if (type.fields) return { ...type, fields: type.fields.map((field) => ({ ...field, type: storedType(field.type) })) };
  return type.items === undefined ? type.type : { ...type, items: storedType(type.items) };
}

/** Encodes JSON values as records of a schema; `UnfitValueError`, or avsc's own error, where one does not fit. */
export function recordEncoder(schema: AvroNamed): (record: Readonly<Record<string, unknown>>) => Buffer {
  const type = Type.forSchema(storedType(schema) as Parameters<typeof Type.forSchema>[0], {
    registry: { long: EXACT_LONG },
    wrapUnions: 'never',
  });
  const store = storeOf(schema);
  return (record) => type.toBuffer(store(record));
}
