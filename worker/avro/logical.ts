import { types } from 'avsc';
import { EXACT_LONG } from '../../adapters/avro/exact-long';

/** What a schema says of a logical type beside its name. */
interface Attributes {
  readonly type: unknown;
  readonly logicalType: string;
  readonly precision?: number;
  readonly scale?: number;
}

/** A value that its own type cannot have, such as a date of the year 12345. */
export class BadValueError extends RangeError {
  override readonly name = 'BadValueError';
}

/** A known logical type: its values are decoded as those of the type below it, and made into text or a number here. */
export interface Meaning {
  readonly sqlType: string;
  readonly plain: (value: never) => string | number;
}

const DAY_MS = 86_400_000;
/** ISO 8601 writes other years with more digits, which few readers understand. */
const LAST_YEAR = 9999;

function iso(milliseconds: number): string {
  const date = new Date(milliseconds);
  const year = date.getUTCFullYear();
  if (!(year >= 1 && year <= LAST_YEAR))
    throw new BadValueError(`a moment ${milliseconds} ms from 1970 is not in the years 1 to ${LAST_YEAR}`);
  return date.toISOString();
}

/** Splits a count of small units into milliseconds and the digits below them. */
function split(value: number | string, perMillisecond: number): { readonly ms: number; readonly digits: string } {
  const exact = BigInt(value);
  const unit = BigInt(perMillisecond);
  const rest = ((exact % unit) + unit) % unit;
  return {
    ms: Number((exact - rest) / unit),
    digits: perMillisecond === 1 ? '' : String(rest).padStart(String(perMillisecond).length - 1, '0'),
  };
}

const timestamp = (perMillisecond: number, zone: 'Z' | '', sqlType = 'TIMESTAMP'): Meaning => ({
  sqlType,
  plain: (value: number | string) => {
    const { ms, digits } = split(value, perMillisecond);
    return `${iso(ms).slice(0, -1)}${digits}${zone}`;
  },
});

const timeOfDay = (perMillisecond: number): Meaning => ({
  sqlType: 'TIME',
  plain: (value: number | string) => {
    const { ms, digits } = split(value, perMillisecond);
    if (ms < 0 || ms >= DAY_MS) throw new BadValueError(`a time ${ms} ms after midnight is not within a day`);
    return `${new Date(ms).toISOString().slice(11, -1)}${digits}`;
  },
});

const MICROS = 1000;
const NANOS = 1_000_000;

const DATE: Meaning = { sqlType: 'DATE', plain: (days: number) => iso(days * DAY_MS).slice(0, 10) };

const UUID: Meaning = {
  sqlType: 'VARCHAR',
  plain: (value: string | Buffer) => {
    if (typeof value === 'string') return value;
    return value.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  },
};

/** A number with more digits is not exact as JSON reads numbers. */
const EXACT_DIGITS = 15;
/** DuckDB knows no wider decimals. */
const SQL_DIGITS = 38;

function decimalText(bytes: Buffer, scale: number): string {
  const magnitude = bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString('hex')}`);
  const value = BigInt.asIntN(8 * bytes.length, magnitude);
  const sign = value < 0n ? '-' : '';
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function decimal({ precision = 0, scale = 0 }: Attributes): Meaning | undefined {
  const legal = Number.isInteger(precision) && Number.isInteger(scale) && precision > 0 && scale >= 0 && scale <= precision;
  if (!legal) return undefined;
  return {
    sqlType: precision <= SQL_DIGITS ? `DECIMAL(${precision}, ${scale})` : 'VARCHAR',
    plain: (bytes: Buffer) => (precision <= EXACT_DIGITS ? Number(decimalText(bytes, scale)) : decimalText(bytes, scale)),
  };
}

type Meant = readonly [below: readonly string[], meaning: (attributes: Attributes) => Meaning | undefined];

const INT = ['int'];
const LONG = ['abstract:long'];

/** The types that each may stand on, and what it makes of their values. */
const MEANINGS: Readonly<Record<string, Meant>> = {
  date: [INT, () => DATE],
  'time-millis': [INT, () => timeOfDay(1)],
  'time-micros': [LONG, () => timeOfDay(MICROS)],
  'timestamp-millis': [LONG, () => timestamp(1, 'Z')],
  'timestamp-micros': [LONG, () => timestamp(MICROS, 'Z')],
  'timestamp-nanos': [LONG, () => timestamp(NANOS, 'Z', 'TIMESTAMP_NS')],
  'local-timestamp-millis': [LONG, () => timestamp(1, '')],
  'local-timestamp-micros': [LONG, () => timestamp(MICROS, '')],
  'local-timestamp-nanos': [LONG, () => timestamp(NANOS, '', 'TIMESTAMP_NS')],
  uuid: [['string', 'fixed'], () => UUID],
  decimal: [['bytes', 'fixed'], decimal],
};

/** A logical type that is understood. One that contradicts itself throws, and counts as the type below it, as the format wants. */
export class KnownLogicalType extends types.LogicalType {
  readonly meaning: Meaning;

  constructor(schema: unknown, options?: unknown) {
    const attributes = schema as Attributes;
    super(attributes.type === 'long' ? EXACT_LONG : (schema as ConstructorParameters<typeof types.LogicalType>[0]), options);
    const [below, meaningOf] = MEANINGS[attributes.logicalType] ?? [[], () => undefined];
    const meaning = below.includes(this.underlyingType.typeName) ? meaningOf(attributes) : undefined;
    if (!meaning) throw new TypeError(`${attributes.logicalType} does not stand on ${this.underlyingType.typeName} like this`);
    this.meaning = meaning;
  }

  protected override _fromValue(value: unknown): unknown {
    return value;
  }
}

export const LOGICAL_TYPES = Object.fromEntries(Object.keys(MEANINGS).map((name) => [name, KnownLogicalType]));
