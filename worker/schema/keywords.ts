import type { FaultClass } from '../../core/fault';
import { formatOf } from '../../core/json-schema/formats';
import { isAnnotation } from '../../core/json-schema/keywords';
import { literal } from '../engine';
import { type Column, type ColumnKind, typesOf } from './columns';
import { FORMAT_CHECKS } from './formats';
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
  /** @default SCHEMA */
  readonly faultClass?: FaultClass;
}

/** Read exactly as it is written, which a decimal literal of SQL is not. */
const double = (limit: unknown): string | undefined =>
  typeof limit === 'number' ? `CAST(${literal(String(limit))} AS DOUBLE)` : undefined;
const count = (limit: unknown): string | undefined => (Number.isSafeInteger(limit) ? String(limit) : undefined);
/** Beyond it a whole number has more digits than SQL's largest type. */
const MAX_WHOLE = 1e37;
/** A whole number with all its digits. */
const whole = (limit: unknown): string | undefined =>
  typeof limit === 'number' && Number.isInteger(limit) && Math.abs(limit) < MAX_WHOLE ? `(${BigInt(limit)})` : undefined;
/** A NUL cannot stand in a statement. */
const text = (limit: unknown): string | undefined =>
  typeof limit === 'string' ? `(${limit.split('\0').map(literal).join(' || chr(0) || ')})` : undefined;

type Compile = (value: Compared, limit: unknown, kind: ColumnKind) => string | undefined;

/** Whole numbers are compared as such, which is exact for all of them, and faster. */
const compare =
  (operator: string): Compile =>
  (value, limit, kind) => {
    const written = (kind === 'integer' ? whole(limit) : undefined) ?? double(limit);
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

/** What divides to more than a double holds is a multiple to the validator. */
function multipleOf(value: Compared, limit: unknown, kind: ColumnKind): string | undefined {
  const divisor = kind === 'integer' ? whole(limit) : undefined;
  if (divisor !== undefined) return `${value} % ${divisor} = 0`;
  const step = double(limit);
  const times = `(${value} / ${step})`;
  return step && `(isinf(${times}) OR abs(round(${times}) - ${times}) <= 1e-${MULTIPLE_PRECISION})`;
}

const pattern: Compile = (value, limit) => (typeof limit === 'string' ? `regexp_matches(${value}, ${literal(toRe2(limit))})` : undefined);

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

/** Seen to by how the column is read; decimals are columns of output, which are stored so. */
const READ: ReadonlySet<string> = new Set(['type', 'decimal']);

/** SQL that is true when a value meets the keyword; null when it says nothing about such a column, undefined when SQL cannot tell. */
export function keywordSql(column: Column, { keyword, limit }: Keyword, compared: Compared): Condition | null | undefined {
  if (isAnnotation(keyword)) return null;
  if (column.kind === 'json') return undefined;
  if (READ.has(keyword)) return isPlain(column) ? null : undefined;
  if (keyword === 'format') return formatSql(column, String(limit), compared);
  if (keyword === 'enum' || keyword === 'const') return oneOf(column, keyword, limit, compared);
  // A value that is no object has no members to speak of.
  if (keyword === 'additionalProperties') return null;
  const known = KEYWORDS[keyword];
  if (!known || isMoment(column)) return undefined;
  if (!known.kinds.includes(column.kind)) return null;
  const condition = known.compile(compared, limit, column.kind);
  return condition === undefined ? undefined : { condition, says: known.says };
}

/** Of a number, a format of texts says nothing, and the other way round; so the validator has it too. */
function formatSql(column: Column, name: string, compared: Compared): Condition | null | undefined {
  const format = formatOf(name);
  if (isMoment(column) || format?.by === 'always' || name.startsWith('decimal')) return null;
  if (!format || column.kind === 'boolean') return undefined;
  if (format.types.includes('string') !== (column.kind === 'string')) return null;
  const sql = FORMAT_CHECKS[name as keyof typeof FORMAT_CHECKS].sql?.(compared, column.kind);
  return sql === undefined ? undefined : { condition: sql, says: 'must match format', faultClass: 'TYPE' };
}

/** The same for a pair of limits, each of which says something about the column. */
export function betweenSql({ kind, schema }: Column, [least, most]: readonly [string, string], compared: Compared): string | undefined {
  const write = least === 'minLength' ? count : kind === 'integer' ? whole : double;
  const [lower, upper] = [write(schema[least]), write(schema[most])];
  const value = least === 'minLength' ? `length(${compared})` : compared;
  return lower === undefined || upper === undefined ? undefined : `${value} BETWEEN ${lower} AND ${upper}`;
}

/** The validator looks at the text of a moment, which is no longer there. */
const isMoment = ({ kind }: Column): boolean => kind === 'date' || kind === 'timestamp';

/** Whether the types of the column are all seen to by how it is read. */
function isPlain({ kind, schema }: Column): boolean {
  const types = typesOf(schema).filter((type) => type !== 'null');
  if (kind !== 'string' || schema.type === undefined) return true;
  return types.includes('string');
}

const WRITERS: Partial<Readonly<Record<ColumnKind, (item: unknown) => string | undefined>>> = {
  integer: (item) => whole(item) ?? double(item),
  number: double,
  string: text,
  boolean: (item) => (typeof item === 'boolean' ? String(item) : undefined),
};

/** Items of another type equal no value of the column. */
function oneOf({ kind }: Column, keyword: string, limit: unknown, compared: Compared): Condition | undefined {
  const write = WRITERS[kind];
  const items: readonly unknown[] = keyword === 'const' ? [limit] : Array.isArray(limit) ? limit : [];
  if (!write) return undefined;
  const written = items.map(write).filter((item) => item !== undefined);
  const condition = written.length === 0 ? 'false' : `${compared} IN (${written.join(', ')})`;
  return { condition, says: keyword === 'const' ? 'must be' : 'must be one of' };
}
