import { Fault } from '../../core/fault';
import type { Column, ColumnKind } from '../schema/columns';

/** What a text is not; a symbol, so that it is never taken for a value. */
export const NOT_A_VALUE: unique symbol = Symbol('not a value');
export type Converted = string | number | boolean | null | typeof NOT_A_VALUE;

const WHOLE = /^\s*[+-]?\d+\s*$/;
const DECIMAL = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  yes: true,
  y: true,
  '1': true,
  false: false,
  f: false,
  no: false,
  n: false,
  '0': false,
};

function whole(text: string): Converted {
  if (!WHOLE.test(text)) return NOT_A_VALUE;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : NOT_A_VALUE;
}

function decimal(text: string): Converted {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : NOT_A_VALUE;
}

const same = (text: string): Converted => text;
const CONVERTERS: Readonly<Record<ColumnKind, (text: string) => Converted>> = {
  integer: whole,
  number: decimal,
  boolean: (text) => BOOLEANS[text.toLowerCase()] ?? NOT_A_VALUE,
  date: same,
  timestamp: same,
  string: same,
  json: same,
};

export type TypedRecord = Record<string, unknown>;

/** Makes records of fields; an empty field is null. Answers the fault when a field is not of its column's type. */
export function recordMaker(columns: readonly Column[]): (fields: readonly string[]) => TypedRecord | Fault {
  const makers = columns.map(({ name, kind }) => ({ name, kind, convert: CONVERTERS[kind] }));
  return (fields) => {
    if (fields.length !== makers.length) return new Fault('PARSE', `has ${fields.length} fields, expected ${makers.length}`);
    const record: TypedRecord = {};
    for (let i = 0; i < makers.length; i += 1) {
      const { name, kind, convert } = makers[i] as (typeof makers)[number];
      const text = fields[i] as string;
      const value = text === '' ? null : convert(text);
      if (value === NOT_A_VALUE) return new Fault('TYPE', `column ${JSON.stringify(name)} must be ${kind}`);
      record[name] = value;
    }
    return record;
  };
}
