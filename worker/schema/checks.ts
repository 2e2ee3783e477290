import { Fault } from '../../core/fault';
import { identifier, literal } from '../engine';
import { ConfigFailure } from '../failures';
import { type Column, type ColumnKind, type Schema, sqlType } from './columns';

/** A condition that a valid row meets: SQL that is true or false and never null, and what is wrong when it is false. */
export interface Check {
  readonly sql: string;
  readonly fault: Fault;
}

type Compile = (value: string, limit: unknown) => string;

const sqlValue = (value: unknown): string => (typeof value === 'string' ? literal(value) : String(value));
const comparison =
  (operator: string): Compile =>
  (value, limit) =>
    `${value} ${operator} ${sqlValue(limit)}`;

const KEYWORDS: Readonly<Record<string, { readonly compile: Compile; readonly says: string }>> = {
  minimum: { compile: comparison('>='), says: 'must be >=' },
  maximum: { compile: comparison('<='), says: 'must be <=' },
  exclusiveMinimum: { compile: comparison('>'), says: 'must be >' },
  exclusiveMaximum: { compile: comparison('<'), says: 'must be <' },
  multipleOf: { compile: (value, limit) => `${value} % ${sqlValue(limit)} = 0`, says: 'must be a multiple of' },
  minLength: { compile: (value, limit) => `length(${value}) >= ${sqlValue(limit)}`, says: 'must have a length >=' },
  maxLength: { compile: (value, limit) => `length(${value}) <= ${sqlValue(limit)}`, says: 'must have a length <=' },
  pattern: { compile: (value, limit) => `regexp_matches(${value}, ${sqlValue(limit)})`, says: 'must match' },
  const: { compile: comparison('='), says: 'must be' },
  enum: {
    compile: (value, limit) =>
      `${value} IN (${(limit as unknown[])
        .filter((item) => item !== null)
        .map(sqlValue)
        .join(', ')})`,
    says: 'must be one of',
  },
};

/** Said about a column for people, or already seen to by its type. */
const SILENT: ReadonlySet<string> = new Set(['type', 'format', 'description', 'title', 'default', 'examples', '$comment', 'deprecated']);

/** What DuckDB casts and more, which it must not: it rounds `1.5` to 2, cuts the time off a day and reads `1_0` as 10, all without a word. */
const PATTERNS: Partial<Readonly<Record<ColumnKind, string>>> = {
  integer: '\\s*[+-]?[0-9]+\\s*',
  number: '\\s*[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?\\s*',
  date: '[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}',
};

/** Whether a column is read as text and cast by its check; numbers are only where an underscore stands in the text at all. */
export const isReadAsText = ({ kind }: Column, underscores: boolean): boolean =>
  kind === 'integer' || kind === 'date' || (kind === 'number' && underscores);

/** The typed value of a column that was read as text. */
export const castText = (column: Column): string => `TRY_CAST(${identifier(column.name)} AS ${sqlType(column)})`;

/** Text whose columns have types yet to be checked. */
export interface TextOrigin {
  /** Whether some of it is not UTF-8, so that every column must be looked at. */
  readonly dirty: boolean;
  readonly underscores: boolean;
}

type Origin = 'typed' | TextOrigin;

function typeChecks(column: Column, origin: Origin): readonly string[] {
  const { name, kind } = column;
  const raw = identifier(name);
  if (origin === 'typed') return [];
  if (isReadAsText(column, origin.underscores)) {
    const finite = kind === 'number' ? [`isfinite(${castText(column)})`] : [];
    return [`${castText(column)} IS NOT NULL`, ...finite, `regexp_full_match(${raw}, ${literal(PATTERNS[kind] ?? '')})`];
  }
  if (kind === 'number' || kind === 'timestamp') return [`isfinite(${raw})`];
  // The hash of a value is never null: this only makes the reader look at a column that the query does not touch.
  return kind === 'boolean' || origin.dirty ? [`hash(${raw}) IS NOT NULL`] : [];
}

const typedColumn = (column: Column, origin: Origin): string =>
  origin !== 'typed' && isReadAsText(column, origin.underscores) ? castText(column) : identifier(column.name);

const whenPresent = (name: string, sql: string): string => `(${identifier(name)} IS NULL OR (${sql}))`;
const quoted = (name: string): string => JSON.stringify(name);

function keywordChecks(column: Column, value: string): readonly Check[] {
  return Object.entries(column.schema)
    .filter(([keyword]) => !SILENT.has(keyword))
    .map(([keyword, limit]) => {
      const known = KEYWORDS[keyword];
      if (!known) throw unknownKeyword(column.name, keyword);
      return {
        sql: whenPresent(column.name, known.compile(value, limit)),
        fault: new Fault('SCHEMA', `column ${quoted(column.name)} ${known.says} ${JSON.stringify(limit)}`),
      };
    });
}

const notNull = ({ name }: Column): Check => ({
  sql: `${identifier(name)} IS NOT NULL`,
  fault: new Fault('SCHEMA', `column ${quoted(name)} must not be empty`),
});

/** What a row must meet beyond what its reader already refuses. */
export function checksOf(columns: readonly Column[], origin: Origin): readonly Check[] {
  return columns.flatMap((column) => {
    const types = typeChecks(column, origin);
    const typeCheck = {
      sql: whenPresent(column.name, types.join(' AND ')),
      fault: new Fault('TYPE', `column ${quoted(column.name)} must be ${column.kind}`),
    };
    return [
      ...(column.nullable ? [] : [notNull(column)]),
      ...(types.length > 0 ? [typeCheck] : []),
      ...keywordChecks(column, typedColumn(column, origin)),
    ];
  });
}

/** Of a whole schema, only what says which columns there are. */
const TOP_LEVEL: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$comment',
  'title',
  'description',
  'type',
  'properties',
  'required',
  'additionalProperties',
]);

/** Refuses a schema that SQL cannot check whole. */
export function checkCompilable(schema: Schema | undefined): void {
  const unknown = Object.keys(schema ?? {}).find((keyword) => !TOP_LEVEL.has(keyword));
  if (unknown !== undefined) throw unknownKeyword('the record', unknown);
}

const unknownKeyword = (where: string, keyword: string): ConfigFailure =>
  new ConfigFailure(
    `the input schema's keyword ${quoted(keyword)} of ${where} cannot be checked in SQL, allowed: ${Object.keys(KEYWORDS).join(', ')}`,
    'write the condition into the WHERE clause, or process with a module, where every keyword works',
  );
