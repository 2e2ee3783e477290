import { Fault } from '../fault';
import { bodyStart, dialectOf, framingOf, parseHeader, RecordCursor, splitFields } from '../records';
import type { JobSpec } from '../spec/schema';
import type { CsvDialect } from '../spec/sections/csv';
import { ColumnKinds, NO_TOLERANCE, type Tolerance, tolerable } from './column-kinds';
import { type Kind, kindOfJson, kindOfText } from './kinds';

/** How a file begins, expanded where it is compressed. */
export interface Sample {
  readonly bytes: Buffer;
  /** Whether that is the whole file. */
  readonly complete: boolean;
  /** The file's name. @default - it is not told */
  readonly key?: string;
}

export type JsonSchema = Record<string, unknown>;
type Input = JobSpec['input'];
type Columns = Map<string, ColumnKinds>;

const PROPERTIES: Readonly<Record<Kind, JsonSchema>> = {
  integer: { type: 'integer' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date' },
  timestamp: { type: 'string', format: 'date-time' },
  text: { type: 'string' },
  json: { type: ['object', 'array'] },
  any: {},
};

const INFERRED = 'inferred from the beginning of the files when the run was planned';

/** Whether a schema was inferred and not written by a person. */
export const isInferred = (schema: Readonly<JsonSchema> | undefined): boolean => schema?.$comment === INFERRED;

const HINT = 'types were inferred from the beginning of the files: to set one yourself, name the column in input.schema';

/** What inference says beside the types; no word of JSON Schema. */
export const NOTES = 'x-inferred';

interface Notes {
  /** Columns without a value, which may be anything. */
  readonly unseen?: readonly string[];
  /** Why a column is text although most of its values are not, by name. */
  readonly text?: Readonly<Record<string, string>>;
  /** The text columns whose misfits are few enough that a higher skip limit would set them aside. */
  readonly slips?: readonly string[];
}

const notesOf = (schema: Readonly<JsonSchema> | undefined): Notes => (isInferred(schema) && (schema?.[NOTES] as Notes)) || {};

/** Whether no value of a column was seen. */
export const isUnseen = (schema: Readonly<JsonSchema> | undefined, column: string): boolean =>
  notesOf(schema).unseen?.includes(column) === true;

const namesColumn = (query: string, column: string): boolean => query.toLowerCase().includes(column.toLowerCase());

/** What to say of a query that failed: which of its columns were read as text, and why. */
export function readAsText(schema: Readonly<JsonSchema> | undefined, query: string): string | undefined {
  const { text = {}, unseen = [], slips = [] } = notesOf(schema);
  const reasons = [...Object.entries(text), ...unseen.map((column) => [column, 'none of the sampled records has a value'] as const)];
  const named = reasons.filter(([column]) => namesColumn(query, column));
  if (named.length === 0) return undefined;
  const said = named.map(([column, why]) => `the column ${JSON.stringify(column)} was read as text, because ${why}`);
  const canSkip = named.some(([column]) => slips.includes(column));
  return `${said.join('; ')}: write input.schema to decide${canSkip ? ', or raise errors.skipLimit to set such records aside' : ''}`;
}

/** What is wrong with a record; where it is a type that nobody wrote down, with what to do about it. */
export function explained(fault: Fault, schema: Readonly<JsonSchema> | undefined): Fault {
  const isMisfit = fault.faultClass === 'TYPE' || fault.faultClass === 'SCHEMA';
  return isMisfit && isInferred(schema) ? new Fault(fault.faultClass, `${fault.reason}; ${HINT}`) : fault;
}

/** Whether Plan is to find out the types of a job's columns: a query needs them, and nobody has written them down. */
export const wantsInference = ({ input, process }: Pick<JobSpec, 'input' | 'process'>): boolean =>
  'sql' in process && input.schema === undefined && (dialectOf(input) !== undefined || input.format === 'jsonl');

/**
 * The schema of records of which only the beginnings are known; undefined where they hold none. It is careful: a type is
 * inferred only when every value seen would be given back by it as it is written, but for so few as the job sets aside
 * as bad, and everything may be left out.
 */
export function inferSchema(samples: readonly Sample[], input: Input, tolerance: Tolerance = NO_TOLERANCE): JsonSchema | undefined {
  const dialect = dialectOf(input);
  const seen: Seen = { columns: new Map(), records: 0 };
  for (const sample of samples) {
    if (dialect) addFields(seen, sample, dialect);
    else addLines(seen, sample);
  }
  const { columns, records } = seen;
  if (columns.size === 0) return undefined;
  const typed = tolerable(columns, records, tolerance);
  const kindOf = (name: string, column: ColumnKinds): Kind => (typed.has(name) ? column.candidate?.kind : column.joined) ?? 'any';
  const properties = Object.fromEntries([...columns].map(([name, column]) => [name, propertyOf(kindOf(name, column), dialect)]));
  const notes = notesAbout(columns, typed);
  // A key that was not seen is no column: its value would be lost without a word.
  return {
    $comment: INFERRED,
    ...(notes && { [NOTES]: notes }),
    type: 'object',
    properties,
    ...(!dialect && { additionalProperties: false }),
  };
}

function notesAbout(columns: Columns, typed: ReadonlySet<string>): Notes | undefined {
  const unseen = [...columns].flatMap(([name, { values }]) => (values === 0 ? [name] : []));
  const mixed = [...columns].flatMap(([name, { candidate }]) => (candidate && !typed.has(name) ? [{ name, candidate }] : []));
  if (unseen.length === 0 && mixed.length === 0) return undefined;
  const slips = mixed.flatMap(({ name, candidate }) => (candidate.isSlip ? [name] : []));
  return {
    ...(unseen.length > 0 && { unseen }),
    ...(mixed.length > 0 && { text: Object.fromEntries(mixed.map(({ name, candidate }) => [name, candidate.why])) }),
    ...(slips.length > 0 && { slips }),
  };
}

/** In a delimited file everything is text in the end. */
const propertyOf = (kind: Kind, dialect: CsvDialect | undefined): JsonSchema => PROPERTIES[kind === 'any' && dialect ? 'text' : kind];

interface Seen {
  readonly columns: Columns;
  /** Of all samples. */
  records: number;
}

function columnOf({ columns }: Seen, name: string): ColumnKinds {
  const column = columns.get(name) ?? new ColumnKinds();
  columns.set(name, column);
  return column;
}

function* recordsOf({ bytes, complete }: Sample, dialect: CsvDialect | undefined): Generator<string> {
  const options = { start: bodyStart(bytes, dialect), end: bytes.length, framing: framingOf(dialect), complete };
  const cursor = new RecordCursor(bytes, options);
  while (cursor.next()) yield bytes.toString('utf8', cursor.start, cursor.end);
}

const placeOf =
  ({ key }: Sample, number: number): (() => string) =>
  () =>
    `record ${number}${key === undefined ? '' : ` of ${key}`}`;

/** Records that are not as wide as the table are bad, and tell nothing. */
function addFields(seen: Seen, sample: Sample, dialect: CsvDialect): void {
  let columns = namesIn(sample, dialect)?.map((name) => columnOf(seen, name));
  let number = 0;
  for (const record of recordsOf(sample, dialect)) {
    const row = splitFields(record, dialect) ?? [];
    const where = placeOf(sample, ++number);
    const at = seen.records++;
    columns ??= row.map((_, index) => columnOf(seen, `column${index}`));
    if (row.length !== columns.length) continue;
    for (const [i, text] of row.entries()) {
      const kind = kindOfText(text);
      if (kind !== undefined) columns[i]?.add({ kind, text, record: at, where });
    }
  }
}

const namesIn = ({ bytes, complete }: Sample, dialect: CsvDialect): readonly string[] | undefined =>
  dialect.header ? (bytes.length > 0 && parseHeader(bytes, dialect, { complete })) || [] : undefined;

function addLines(seen: Seen, sample: Sample): void {
  let number = 0;
  for (const line of recordsOf(sample, undefined)) {
    const where = placeOf(sample, ++number);
    const at = seen.records++;
    for (const [name, value] of Object.entries(objectOf(line))) {
      const column = columnOf(seen, name);
      const kind = kindOfJson(value);
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      if (kind !== undefined) column.add({ kind, text, record: at, where });
    }
  }
}

/** A line that is no JSON object is bad, and tells nothing. */
function objectOf(line: string): object {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}
