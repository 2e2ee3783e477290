import { look, type Seen } from '../../core/records/simd/scan';
import { identifier, literal } from '../engine';
import type { Column, ColumnKind } from './columns';

/**
 * How columns are read from text so that every value is exactly what its text says, or is refused. DuckDB's own casts
 * round `1.5` to 2, take `1_000` for a number and pass over the offset of a time, all without a word. So a column is read
 * as `text` and looked at, or, where nothing in the text could be misread, as it is `typed`.
 */
export type Mode = 'typed' | 'text';

/** For each kind that has a choice. */
export interface Modes {
  readonly integer: Mode;
  readonly number: Mode;
  /** Whether a moment may have an offset. */
  readonly offsets: boolean;
}

/** One column as it is read, and how its value and the correctness of its type are told from that. */
export interface ColumnReading {
  readonly readAs: string;
  /** A cast that both value and checks name by its alias, so that it is made once. @default - none */
  readonly cast?: { readonly sql: string; readonly alias: string };
  /** What the query sees, and what keywords are about. */
  readonly value: string;
  /** Conditions for a value that is not null, none of them ever null. A cast in one is made for it alone, so there are few. */
  readonly checks: readonly string[];
}

type Read = (raw: string, alias: string) => ColumnReading;

const SPACES = '[ \\t\\n\\v\\f\\r]*';
/** In words that RE2 and JavaScript share; the functions of `rows/convert.ts` have the same. */
const WHOLE = `${SPACES}[+-]?[0-9]+${SPACES}`;
const DECIMAL = `${SPACES}[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?${SPACES}`;
const matches = (text: string, pattern: string): string => `regexp_full_match(${text}, ${literal(pattern)})`;

/** Always true; it only makes the reader look at a column that the query does not touch. */
export const looked = (raw: string): string => `hash(${raw}) IS NOT NULL`;

const typed =
  (readAs: string, check?: (raw: string) => string): Read =>
  (raw) => ({ readAs, value: raw, checks: check ? [check(raw)] : [] });

const finite = (value: string): string => `isfinite(${value})`;

const asText = (value: string, checks: readonly string[]): ColumnReading => ({ readAs: 'VARCHAR', value, checks });

/** A number that is looked at as text. */
const numberAsText =
  (type: string, pattern: string, check: (value: string) => string): Read =>
  (raw, alias) => ({ ...asText(alias, [check(alias), matches(raw, pattern)]), cast: { sql: `TRY_CAST(${raw} AS ${type})`, alias } });

const momentAsText =
  (offsets: boolean): Read =>
  (raw, alias) => ({
    ...asText(offsets ? momentValue(raw, alias) : alias, [isMoment(raw, alias)]),
    cast: { sql: `TRY_CAST(${raw} AS TIMESTAMP)`, alias },
  });

/** The engine would take a moment, and days that are written otherwise, for a day. */
const dayAsText: Read = (raw, alias) => ({
  ...asText(`CAST(${alias} AS DATE)`, [isMoment(raw, alias), `(strlen(${raw}) = 10 AND ${raw}[5] = '-' AND ${raw}[8] = '-')`]),
  cast: { sql: `TRY_CAST(${raw} AS TIMESTAMP)`, alias },
});

/**
 * What the engine takes for a moment, with a year of four digits: `isTimestamp` says the same. A text that begins with
 * none of 1 to 9 is looked at, because leading spaces, signs and zeros may hide another year.
 */
function isMoment(raw: string, moment: string): string {
  const old = `CASE WHEN ${matches(raw, '0[0-9]{3}[^0-9][^(]*')} THEN TIMESTAMP '0000-01-01' END`;
  const first = `CASE WHEN ${raw} >= '1' AND ${raw} < ':' THEN TIMESTAMP '1000-01-01' ELSE ${old} END`;
  return `coalesce(${moment} BETWEEN ${first} AND TIMESTAMP '9999-12-31 23:59:59.999999', false)`;
}

/** An offset is passed over by the one cast and heeded by the other, which is a fifth slower for the whole. */
function momentValue(raw: string, moment: string): string {
  const offset = `regexp_matches(${raw}, ${literal(':[0-9]+(?:\\.[0-9]*)?[+-]')})`;
  // The usual forms first, each by itself: conditions that are joined are slower.
  return `CASE WHEN strlen(${raw}) = 19 AND ${raw}[17] = ':' THEN ${moment} WHEN strlen(${raw}) <= 16 THEN ${moment}
    WHEN suffix(${raw}, 'Z') THEN ${moment} WHEN ${offset} THEN CAST(TRY_CAST(${raw} AS TIMESTAMPTZ) AS TIMESTAMP) ELSE ${moment} END`;
}

const INTEGER: Readonly<Record<Mode, Read>> = {
  typed: typed('BIGINT'),
  text: numberAsText('BIGINT', WHOLE, (value) => `${value} IS NOT NULL`),
};
const NUMBER: Readonly<Record<Mode, Read>> = {
  typed: typed('DOUBLE', finite),
  text: numberAsText('DOUBLE', DECIMAL, (value) => `coalesce(${finite(value)}, false)`),
};

const KINDS: Readonly<Record<ColumnKind, (modes: Modes) => Read>> = {
  integer: ({ integer }) => INTEGER[integer],
  number: ({ number }) => NUMBER[number],
  boolean: () => typed('BOOLEAN'),
  date: () => dayAsText,
  timestamp: ({ offsets }) => momentAsText(offsets),
  string: () => (raw) => asText(raw, []),
  json: () => (raw) => ({ readAs: 'JSON', value: raw, checks: [] }),
};

/** How a column of a delimited file is read. */
export const readingOf = ({ name, kind }: Column, modes: Modes): ColumnReading =>
  KINDS[kind](modes)(identifier(name), identifier(`batchwright_cast ${name}`));

/** Whatever the text holds. */
export const ALL_TEXT: Modes = { integer: 'text', number: 'text', offsets: true };

/** How the numbers and moments of a text may be read. It costs a hundredth of what the engine then takes to read them. */
export function modesFor(text: Buffer, columns: readonly Column[]): Modes {
  const has = (kind: ColumnKind): boolean => columns.some((column) => column.kind === kind);
  if (!has('integer') && !has('number') && !has('timestamp')) return ALL_TEXT;
  const seen = look(text);
  return {
    integer: has('integer') && mayRound(seen) ? 'text' : 'typed',
    number: has('number') && mayGroup(text, seen) ? 'text' : 'typed',
    offsets: has('timestamp') && mayHaveOffset(seen),
  };
}

/** Fractions, exponents, groups of digits and other bases are whole numbers to the engine. */
const mayRound = ({ letterBehindDigit, underscoreBehindDigit, point }: Seen): boolean =>
  letterBehindDigit || underscoreBehindDigit || point;

/** Groups of digits and two signs are numbers to the engine. */
const mayGroup = (text: Buffer, { underscoreBehindDigit, plus }: Seen): boolean => underscoreBehindDigit || (plus && text.includes('+-'));

/** An offset follows seconds, which have one or two digits, or a fraction of them. */
const mayHaveOffset = ({ dashBehindColon, plus, point }: Seen): boolean => dashBehindColon || plus || point;
