import { Fault } from '../../core/fault';
import { NOTES } from '../../core/inference/infer-schema';
import { isAnnotation } from '../../core/json-schema/keywords';
import { identifier } from '../engine';
import { type Column, type Schema, typesOf } from './columns';
import { betweenSql, type Compared, keywordSql } from './keywords';
import { type ColumnReading, looked, type Modes, readingOf } from './reading';

/** A condition that a valid row meets: SQL that is true or false and never null, and what is wrong when it is false. */
export interface Check {
  readonly sql: string;
  readonly fault: Fault;
  /** What to ask where only the verdict over all checks counts and null is false; null where another check asks it. @default sql */
  readonly accept?: string | null;
}

/** How a file's columns are read, and what its rows must meet; the same verdict as the validator's on every record. */
export interface Compiled {
  readonly columns: readonly Column[];
  readonly readings: readonly ColumnReading[];
  readonly checks: readonly Check[];
}

const quoted = (name: string): string => JSON.stringify(name);
/** Of a column that may not be null, null has been seen to before. */
const whenPresent = (column: Column, sql: string): string =>
  allowsNull(column) ? `(${identifier(column.name)} IS NULL OR (${sql}))` : `(${sql})`;

export interface TextSchema {
  readonly schema: Schema | undefined;
  readonly modes: Modes;
  /** Whether some of the text is not UTF-8, so that every column must be looked at. */
  readonly dirty: boolean;
}

/** For a delimited file; undefined where SQL cannot tell what the validator would. */
export function compileText(columns: readonly Column[], { schema, modes, dirty }: TextSchema): Compiled | undefined {
  const readings = columns.map((column) => readingOf(column, modes));
  const checks = compile(columns, schema, (column, index) => {
    const reading = readings[index] as ColumnReading;
    return { compared: reading.value, types: typeChecks(column, reading, dirty) };
  });
  return checks && { columns, readings, checks };
}

/** For typed columns, whose SQL types are right for their kinds. */
export const compileTyped = (columns: readonly Column[], schema: Schema | undefined): readonly Check[] | undefined =>
  compile(columns, schema, ({ name, kind }) => ({
    compared: kind === 'number' || kind === 'integer' ? `CAST(${identifier(name)} AS DOUBLE)` : identifier(name),
    types: [],
  }));

/** What a row that a query makes must meet in one column, over the value as it is stored; undefined where SQL cannot tell. */
export function compileOutput(column: Column): readonly Check[] | undefined {
  const checks = column.kind === 'json' ? [] : keywordChecks(column, identifier(column.name));
  return checks && [...(column.required && !allowsNull(column) ? [notNull(column)] : []), ...checks];
}

interface Typed {
  readonly compared: Compared;
  readonly types: readonly Check[];
}

function compile(columns: readonly Column[], schema: Schema | undefined, typed: (column: Column, index: number) => Typed) {
  const additional = additionalCheck(columns, schema);
  if (!additional) return undefined;
  const checks: Check[] = [...additional];
  for (const [index, column] of columns.entries()) {
    const { compared, types } = typed(column, index);
    const keywords = keywordChecks(column, compared);
    if (!keywords) return undefined;
    const others = [...types, ...keywords];
    // Null meets no condition, so where there is one nobody need ask for null.
    const present = others.length > 0 ? { ...notNull(column), accept: null } : notNull(column);
    checks.push(...(allowsNull(column) ? [] : [present]), ...others);
  }
  return checks;
}

/** What the reader casts is checked by casting it, which it does for no column that nobody looks at. */
function typeChecks(column: Column, { checks, readAs }: ColumnReading, dirty: boolean): readonly Check[] {
  const isSeen = checks.length > 0 || !allowsNull(column) || (readAs === 'VARCHAR' && !dirty);
  const all = isSeen ? checks : [looked(identifier(column.name))];
  if (all.length === 0) return [];
  return [
    { sql: whenPresent(column, all.join(' AND ')), fault: new Fault('TYPE', `column ${quoted(column.name)} must be ${column.kind}`) },
  ];
}

/** Whether null is a value of the column: an optional property may always be left out, unless its own type says null. */
function allowsNull({ required, schema }: Column): boolean {
  const types = typesOf(schema);
  if (!required && !types.includes('null')) return true;
  const listed = Array.isArray(schema.enum) ? schema.enum.includes(null) : true;
  return (types.length === 0 || types.includes('null')) && listed && (!('const' in schema) || schema.const === null);
}

const notNull = ({ name }: Column): Check => ({
  sql: `${identifier(name)} IS NOT NULL`,
  fault: new Fault('SCHEMA', `column ${quoted(name)} must not be empty`),
});

function keywordChecks(column: Column, compared: Compared): readonly Check[] | undefined {
  const checks = new Map<string, Check>();
  for (const [keyword, limit] of Object.entries(column.schema)) {
    const sql = keywordSql(column, { keyword, limit }, compared);
    if (sql === undefined) return undefined;
    if (sql !== null) {
      const { condition, says, faultClass = 'SCHEMA' } = sql;
      checks.set(keyword, {
        sql: whenPresent(column, condition),
        fault: new Fault(faultClass, `column ${quoted(column.name)} ${says} ${JSON.stringify(limit)}`),
      });
    }
  }
  askTogether(checks, column, compared);
  return [...checks.values()];
}

const PAIRS = [
  ['minLength', 'maxLength'],
  ['minimum', 'maximum'],
] as const;

/** Two limits of one value are asked for at once. */
function askTogether(checks: Map<string, Check>, column: Column, compared: Compared): void {
  for (const [least, most] of PAIRS) {
    const [lower, upper] = [checks.get(least), checks.get(most)];
    const sql = lower && upper && betweenSql(column, [least, most], compared);
    if (!sql) continue;
    checks.set(least, { ...lower, accept: whenPresent(column, sql) });
    checks.set(most, { ...upper, accept: null });
  }
}

/** Of a whole schema, only what says which columns there are. */
const TOP_LEVEL: ReadonlySet<string> = new Set([
  NOTES,
  '$schema',
  'type',
  'properties',
  'required',
  'additionalProperties',
  '$defs',
  'definitions',
]);

/** A file has its columns in every record, so one that is not allowed spoils them all. */
function additionalCheck(columns: readonly Column[], schema: Schema | undefined): readonly Check[] | undefined {
  const keys = Object.keys(schema ?? {});
  const additional = schema?.additionalProperties ?? true;
  if (keys.some((key) => !TOP_LEVEL.has(key) && !isAnnotation(key)) || typeof additional !== 'boolean') return undefined;
  const more = columns.find(({ named }) => !named);
  if (additional || !more) return [];
  return [{ sql: 'false', fault: new Fault('SCHEMA', `the record must not have the column ${quoted(more.name)}`) }];
}
