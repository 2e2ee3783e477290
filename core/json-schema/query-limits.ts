import { formatOf } from './formats';
import { isAnnotation, type JsonType, keywordOf } from './keywords';

/** What a schema describes. */
export interface SchemaUse {
  readonly role: 'input' | 'output';
  /** Whether an SQL query makes or takes the records. */
  readonly query: boolean;
  /** How records are written; Avro checks nested values itself. */
  readonly format?: string;
}

interface Place {
  readonly name: string;
  readonly value: unknown;
  readonly depth: number;
  readonly types: readonly JsonType[];
}

type Schema = Readonly<Record<string, unknown>>;

const RECORD: readonly string[] = ['$schema', 'type', 'properties', 'required', 'additionalProperties', '$defs', 'definitions'];
const NESTED: readonly string[] = ['type', 'properties', 'required', 'items'];
const MOMENTS: readonly unknown[] = ['date', 'date-time'];
const REMEDY = 'leave it out, or process the records with a module or a command, whose rows the validator sees';

/** Why a keyword of an output schema cannot be checked of the rows that a query makes: SQL looks at plain columns only. */
export function queryProblem({ role, query, format }: SchemaUse, schema: Schema, place: Place): string | undefined {
  if (role !== 'output' || !query || isAnnotation(place.name)) return undefined;
  const why = place.depth === 0 ? recordProblem(place) : columnProblem(schema, place, format === 'avro');
  return why === undefined ? undefined : ` is not checked of the rows that a query makes${why}: ${REMEDY}`;
}

function recordProblem({ name, value }: Place): string | undefined {
  if (!RECORD.includes(name)) return '';
  return name === 'additionalProperties' && typeof value !== 'boolean' ? ' but for true and false' : undefined;
}

const isNested = (types: readonly JsonType[]): boolean => types.every((type) => type === 'object' || type === 'array');

function columnProblem(schema: Schema, place: Place, isAvro: boolean): string | undefined {
  const types = schema.type === undefined ? [] : place.types.filter((type) => type !== 'null');
  const nested = place.depth > 1 || (types.length > 0 && isNested(types));
  if (!nested) return plainProblem(schema, place, types);
  return place.name === 'type' || (isAvro && NESTED.includes(place.name)) ? undefined : ' in nested values';
}

function plainProblem(schema: Schema, { name, value }: Place, types: readonly JsonType[]): string | undefined {
  if (name === 'type') return isPlain(types) ? undefined : ' of these types';
  if (name === 'format') return formatProblem(value, types);
  if (MOMENTS.includes(schema.format)) return ` beside the format ${String(schema.format)}`;
  return keywordOf(name)?.by === 'expression' ? undefined : '';
}

/** A day or a moment is a column of its own type, which only a column of text becomes. */
function formatProblem(value: unknown, types: readonly JsonType[]): string | undefined {
  const mayBeText = types.length === 0 || types.includes('string');
  if (MOMENTS.includes(value) && mayBeText && types.length !== 1) return ` where it is ${String(value)} and the type is not string alone`;
  return formatOf(String(value))?.by === 'validator' ? ` where it is ${String(value)}` : undefined;
}

/** Whether a column has one SQL type that all its values fit. */
const isPlain = (types: readonly JsonType[]): boolean =>
  types.length === 1 || types.includes('string') || (types.length > 0 && types.every((type) => type === 'integer' || type === 'number'));
