import { Fault } from '../fault';
import { bodyStart, dialectOf, framingOf, parseHeader, RecordCursor, splitFields } from '../records';
import type { JobSpec } from '../spec/schema';
import type { CsvDialect } from '../spec/sections/csv';
import { joinKinds, type Kind, kindOfJson, kindOfText } from './kinds';

/** How a file begins, expanded where it is compressed. */
export interface Sample {
  readonly bytes: Buffer;
  /** Whether that is the whole file. */
  readonly complete: boolean;
}

export type JsonSchema = Record<string, unknown>;
type Input = JobSpec['input'];
type Kinds = ReadonlyMap<string, Kind | undefined>;

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
 * inferred only when every value seen would be given back by it as it is written, and everything may be left out.
 */
export function inferSchema(samples: readonly Sample[], input: Input): JsonSchema | undefined {
  const dialect = dialectOf(input);
  const kinds = samples.map((sample) => (dialect ? kindsOfFields(sample, dialect) : kindsOfLines(sample))).reduce(joined, new Map());
  if (kinds.size === 0) return undefined;
  const properties = Object.fromEntries([...kinds].map(([name, kind]) => [name, propertyOf(kind ?? 'any', dialect)]));
  // A key that was not seen is no column: its value would be lost without a word.
  return { $comment: INFERRED, type: 'object', properties, ...(!dialect && { additionalProperties: false }) };
}

/** In a delimited file everything is text in the end. */
const propertyOf = (kind: Kind, dialect: CsvDialect | undefined): JsonSchema => PROPERTIES[kind === 'any' && dialect ? 'text' : kind];

function joined(all: Kinds, more: Kinds): Kinds {
  const names = new Set([...all.keys(), ...more.keys()]);
  return new Map([...names].map((name) => [name, joinKinds(all.get(name), more.get(name))]));
}

function* recordsOf({ bytes, complete }: Sample, dialect: CsvDialect | undefined): Generator<string> {
  const options = { start: bodyStart(bytes, dialect), end: bytes.length, framing: framingOf(dialect), complete };
  const cursor = new RecordCursor(bytes, options);
  while (cursor.next()) yield bytes.toString('utf8', cursor.start, cursor.end);
}

/** Records that are not as wide as the table are bad, and tell nothing. */
function kindsOfFields(sample: Sample, dialect: CsvDialect): Kinds {
  const named = namesIn(sample, dialect);
  const kinds: (Kind | undefined)[] = (named ?? []).map(() => undefined);
  let names = named;
  for (const record of recordsOf(sample, dialect)) {
    const row = splitFields(record, dialect) ?? [];
    names ??= row.map((_, index) => `column${index}`);
    if (row.length === names.length)
      row.forEach((field, i) => {
        kinds[i] = joinKinds(kinds[i], kindOfText(field));
      });
  }
  return new Map((names ?? []).map((name, i) => [name, kinds[i]]));
}

const namesIn = ({ bytes, complete }: Sample, dialect: CsvDialect): readonly string[] | undefined =>
  dialect.header ? (bytes.length > 0 && parseHeader(bytes, dialect, { complete })) || [] : undefined;

function kindsOfLines(sample: Sample): Kinds {
  const kinds = new Map<string, Kind | undefined>();
  for (const line of recordsOf(sample, undefined)) {
    for (const [name, value] of Object.entries(objectOf(line))) kinds.set(name, joinKinds(kinds.get(name), kindOfJson(value)));
  }
  return kinds;
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
