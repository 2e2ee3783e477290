import type { Path } from './document';
import { type Finding, valueAt } from './explain';

/** The text of a file, or undefined where there is none. */
export type ReadFile = (path: string) => string | undefined;

const lastSeparator = (path: string): number => Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));

export const baseName = (path: string): string => path.slice(lastSeparator(path) + 1);

/** A path in a spec is relative to the spec's own folder. */
const beside = (file: string, path: string): string => `${file.slice(0, lastSeparator(file) + 1)}${path}`;

/** Only the specs' folder travels into the worker's image, so nothing outside it can be named. */
const leavesFolder = (path: string): boolean => /^([/\\]|[A-Za-z]:)/.test(path) || path.split(/[/\\]/).includes('..');

const outside = (path: string): string => `expected a path inside the folder of the spec, received "${path}"`;

type RecordSchema = Record<string, unknown>;

/** The JSON Schemas that a spec names, by what they describe. */
export interface RecordSchemas {
  readonly input?: RecordSchema;
  readonly output?: RecordSchema;
}

/** A schema as its file has it. */
export interface NamedSchema {
  readonly role: 'input' | 'output';
  readonly file: string;
  readonly text: string;
  readonly schema: RecordSchema;
}

/** Reads the files that a spec names, even where the rest of the spec is wrong, so that one look tells all. */
export function readReferences(
  file: string,
  spec: unknown,
  readFile: ReadFile,
): { readonly schemas: RecordSchemas; readonly files: readonly NamedSchema[]; readonly findings: readonly Finding[] } {
  const [input, output] = SCHEMA_PATHS.map((path) => named(spec, path, (name) => readSchema(file, name, readFile)));
  const module = named(spec, MODULE_PATH, (name) => ({ problem: checkModule(file, name, readFile) }));
  const lookups = lookupPaths(spec).map((path) => named(spec, path, (name) => ({ problem: checkLookup(file, name, readFile) })));
  const findings = [input, module, ...lookups, output].flatMap((read) => read?.findings ?? []);
  const files = Object.entries({ input, output }).flatMap(([role, read]) =>
    read?.schema ? [{ role: role as NamedSchema['role'], ...read.schema }] : [],
  );
  return { schemas: Object.fromEntries(files.map(({ role, schema }) => [role, schema])), files, findings };
}

const SCHEMA_PATHS: readonly Path[] = [
  ['input', 'schema'],
  ['output', 'schema'],
];
const MODULE_PATH: Path = ['process', 'module'];

const LOOKUPS_PATH: Path = ['process', 'lookups'];

function lookupPaths(spec: unknown): readonly Path[] {
  const lookups = valueAt(spec, LOOKUPS_PATH);
  return isRecord(lookups) ? Object.keys(lookups).map((name) => [...LOOKUPS_PATH, name]) : [];
}

/** What is wrong with the file that a lookup names; objects are looked for when a run is planned. */
function checkLookup(file: string, path: string, readFile: ReadFile): string | undefined {
  if (path.startsWith('s3:')) return undefined;
  if (leavesFolder(path)) return outside(path);
  return readFile(beside(file, path)) === undefined ? `no such file: ${beside(file, path)}` : undefined;
}

interface ReadResult {
  readonly schema?: Omit<NamedSchema, 'role'>;
  readonly problem?: string;
}

/** A name that is no text is the schema's to complain about. */
function named(spec: unknown, path: Path, read: (name: string) => ReadResult) {
  const name = valueAt(spec, path);
  if (typeof name !== 'string' || name === '') return { findings: [] };
  const { schema, problem } = read(name);
  const findings: readonly Finding[] = problem === undefined ? [] : [{ path, at: 'value', message: problem }];
  return { schema, findings };
}

/** Records are objects, so their schema must be of an object. */
function readSchema(file: string, path: string, readFile: ReadFile): ReadResult {
  if (leavesFolder(path)) return { problem: outside(path) };
  const text = readFile(beside(file, path));
  if (text === undefined) return { problem: `no such file: ${beside(file, path)}` };
  const parsed = parseJson(text);
  if (parsed.problem !== undefined) return { problem: `${path} is no json: ${parsed.problem}` };
  const schema = parsed.value;
  if (!isRecord(schema)) return { problem: `${path} is no JSON Schema: expected an object` };
  if (schema.type !== 'object') {
    return { problem: `${path} must describe an object: expected "type": "object", received ${JSON.stringify(schema.type) ?? 'nothing'}` };
  }
  return { schema: { file: beside(file, path), text, schema } };
}

const MODULE = /\.[cm]?[jt]s$/;

/** What is wrong with the module that a spec names. */
function checkModule(file: string, path: string, readFile: ReadFile): string | undefined {
  if (leavesFolder(path)) return outside(path);
  if (!MODULE.test(path)) return `expected a TypeScript or JavaScript file, received "${path}"`;
  return readFile(beside(file, path)) === undefined ? `no such file: ${beside(file, path)}` : undefined;
}

const isRecord = (value: unknown): value is RecordSchema => typeof value === 'object' && value !== null && !Array.isArray(value);

function parseJson(text: string): { value?: unknown; problem?: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
