/** The text of a file, or undefined where there is none. */
export type ReadFile = (path: string) => string | undefined;

const lastSeparator = (path: string): number => Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));

export const baseName = (path: string): string => path.slice(lastSeparator(path) + 1);

/** A path in a spec is relative to the spec's own folder. */
const beside = (file: string, path: string): string => `${file.slice(0, lastSeparator(file) + 1)}${path}`;

/** Only the specs' folder travels into the worker's image, so nothing outside it can be named. */
const leavesFolder = (path: string): boolean => /^([/\\]|[A-Za-z]:)/.test(path) || path.split(/[/\\]/).includes('..');

const outside = (path: string): string => `expected a path inside the folder of the spec, received "${path}"`;

export interface SchemaFile {
  readonly schema?: Record<string, unknown>;
  readonly problem?: string;
}

/** The JSON Schema that a spec names; records are objects, so their schema must be of an object. */
export function readSchema(file: string, path: string | undefined, readFile: ReadFile): SchemaFile {
  if (path === undefined) return {};
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
  return { schema };
}

const MODULE = /\.[cm]?[jt]s$/;

/** What is wrong with the module that a spec names. */
export function checkModule(file: string, path: string, readFile: ReadFile): string | undefined {
  if (leavesFolder(path)) return outside(path);
  if (!MODULE.test(path)) return `expected a TypeScript or JavaScript file, received "${path}"`;
  return readFile(beside(file, path)) === undefined ? `no such file: ${beside(file, path)}` : undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function parseJson(text: string): { value?: unknown; problem?: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
