import { literal } from '../engine';
import { type Column, type ColumnKind, typesOf } from './columns';
import { toRe2 } from './pattern';

/** SQL of the value that a keyword is about. */
export type Compared = string;

export interface Keyword {
  readonly keyword: string;
  readonly limit: unknown;
}

export interface Condition {
  readonly condition: string;
  /** What to say before the limit when it is not met. */
  readonly says: string;
}

/** Read exactly as it is written, which a decimal literal of SQL is not. */
const double = (limit: unknown): string | undefined =>
  typeof limit === 'number' ? `CAST(${literal(String(limit))} AS DOUBLE)` : undefined;
const count = (limit: unknown): string | undefined => (Number.isSafeInteger(limit) ? String(limit) : undefined);
/** Text with a NUL cannot stand in a statement. */
const text = (limit: unknown): string | undefined => (typeof limit === 'string' && !limit.includes('\0') ? literal(limit) : undefined);

type Compile = (value: Compared, limit: unknown, kind: ColumnKind) => string | undefined;

/** Whole numbers are compared as such, which is exact for all of them, and faster. */
const compare =
  (operator: string): Compile =>
  (value, limit, kind) => {
    const written = (kind === 'integer' ? count(limit) : undefined) ?? double(limit);
    return written === undefined ? undefined : `${value} ${operator} ${written}`;
  };

const length =
  (operator: string): Compile =>
  (value, limit) => {
    const written = count(limit);
    return written === undefined ? undefined : `length(${value}) ${operator} ${written}`;
  };

/** How far from a whole number of times a value may be: doubles cannot say 0.1. The validator uses the same. */
export const MULTIPLE_PRECISION = 8;

function multipleOf(value: Compared, limit: unknown): string | undefined {
  const step = double(limit);
  return step && `abs(round(${value} / ${step}) - ${value} / ${step}) <= 1e-${MULTIPLE_PRECISION}`;
}

function pattern(value: Compared, limit: unknown): string | undefined {
  const re2 = typeof limit === 'string' ? toRe2(limit) : undefined;
  return re2 === undefined ? undefined : `regexp_matches(${value}, ${literal(re2)})`;
}

interface Known {
  /** Of which columns it says something; of others it is silent. */
  readonly kinds: readonly ColumnKind[];
  readonly compile: Compile;
  readonly says: string;
}

const NUMBERS: readonly ColumnKind[] = ['integer', 'number'];
const TEXTS: readonly ColumnKind[] = ['string'];

const KEYWORDS: Readonly<Record<string, Known>> = {
  minimum: { kinds: NUMBERS, compile: compare('>='), says: 'must be >=' },
  maximum: { kinds: NUMBERS, compile: compare('<='), says: 'must be <=' },
  exclusiveMinimum: { kinds: NUMBERS, compile: compare('>'), says: 'must be >' },
  exclusiveMaximum: { kinds: NUMBERS, compile: compare('<'), says: 'must be <' },
  multipleOf: { kinds: NUMBERS, compile: multipleOf, says: 'must be a multiple of' },
  minLength: { kinds: TEXTS, compile: length('>='), says: 'must have a length >=' },
  maxLength: { kinds: TEXTS, compile: length('<='), says: 'must have a length <=' },
  pattern: { kinds: TEXTS, compile: pattern, says: 'must match' },
};

/** Said about a column for people, or already seen to by its type; the validator knows no other format than the moments. */
const SILENT: ReadonlySet<string> = new Set([
  ...['type', 'description', 'title', 'default', 'examples', '$comment', 'deprecated', 'readOnly', 'writeOnly', 'decimal'],
]);

/** SQL that is true when a value meets the keyword; null when it says nothing about such a column, undefined when SQL cannot tell. */
export function keywordSql(column: Column, { keyword, limit }: Keyword, compared: Compared): Condition | null | undefined {
  if (column.kind === 'json') return undefined;
  if (SILENT.has(keyword)) return isPlain(column) ? null : undefined;
  if (keyword === 'format') return column.kind === 'string' && ['date', 'date-time'].includes(String(limit)) ? undefined : null;
  if (keyword === 'enum' || keyword === 'const') return oneOf(column, keyword, limit, compared);
  const known = KEYWORDS[keyword];
  if (!known || isMoment(column)) return undefined;
  if (!known.kinds.includes(column.kind)) return null;
  const condition = known.compile(compared, limit, column.kind);
  return condition === undefined ? undefined : { condition, says: known.says };
}

/** The same for a pair of limits, each of which says something about the column. */
export function betweenSql({ kind, schema }: Column, [least, most]: readonly [string, string], compared: Compared): string | undefined {
  const write = least === 'minLength' || kind === 'integer' ? count : double;
  const [lower, upper] = [write(schema[least]), write(schema[most])];
  const value = least === 'minLength' ? `length(${compared})` : compared;
  return lower === undefined || upper === undefined ? undefined : `${value} BETWEEN ${lower} AND ${upper}`;
}

/** The validator looks at the text of a moment, which is no longer there. */
const isMoment = ({ kind }: Column): boolean => kind === 'date' || kind === 'timestamp';

/** Whether the types of the column are all seen to by how it is read. */
function isPlain({ kind, schema }: Column): boolean {
  const types = typesOf(schema).filter((type) => type !== 'null');
  return kind !== 'string' || types.length === 0 || types.includes('string');
}

const WRITERS: Partial<Readonly<Record<ColumnKind, (item: unknown) => string | undefined>>> = {
  integer: double,
  number: double,
  string: text,
  boolean: (item) => (typeof item === 'boolean' ? String(item) : undefined),
};

/** Items of another type equal no value of the column. */
function oneOf({ kind }: Column, keyword: string, limit: unknown, compared: Compared): Condition | undefined {
  const write = WRITERS[kind];
  const items: readonly unknown[] = keyword === 'const' ? [limit] : Array.isArray(limit) ? limit : [];
  if (!write || items.some((item) => typeof item === 'string' && item.includes('\0'))) return undefined;
  const written = items.map(write).filter((item) => item !== undefined);
  const condition = written.length === 0 ? 'false' : `${compared} IN (${written.join(', ')})`;
  return { condition, says: keyword === 'const' ? 'must be' : 'must be one of' };
}
