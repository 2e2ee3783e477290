import { suggestion } from '../spec/nearest';
import { DIALECTS, type Dialect, type Holds, JSON_TYPES } from './keywords';
import { patternProblem } from './pattern/translate';

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !isList(value);
export const isSchema = (value: unknown): value is boolean | Readonly<Record<string, unknown>> =>
  typeof value === 'boolean' || isRecord(value);
const isNames = (value: unknown): boolean =>
  isList(value) && value.every((name) => typeof name === 'string') && new Set(value).size === value.length;
const everyValue = (value: unknown, is: (one: unknown) => boolean): boolean => isRecord(value) && Object.values(value).every(is);

const isReference = (value: unknown): boolean => typeof value === 'string' && /^#(?:\/(?:\$defs|definitions)\/.+)?$/.test(value);

const MAX_SHOWN = 60;

export function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

type Check = (value: unknown) => string | undefined;
const expect =
  (what: string, is: (value: unknown) => boolean): Check =>
  (value) =>
    is(value) ? undefined : `expected ${what}, received ${showValue(value)}`;

const SCHEMA = 'a schema: an object, true or false';

/** What is wrong with the value of a keyword; undefined when it may stand there. Subschemas are looked at on their own. */
export const CHECKS: Readonly<Record<Holds, Check>> = {
  anything: () => undefined,
  format: expect('the name of a format', (value) => typeof value === 'string'),
  text: expect('text', (value) => typeof value === 'string'),
  list: expect('a list', isList),
  flag: expect('true or false', (value) => typeof value === 'boolean'),
  number: expect('a number', (value) => typeof value === 'number'),
  step: expect('a number above 0', (value) => typeof value === 'number' && value > 0),
  count: expect('a whole number of at least 0', (value) => Number.isSafeInteger(value) && (value as number) >= 0),
  pattern: checkPattern,
  types: checkTypes,
  values: expect('a list of at least one value', (value) => isList(value) && value.length > 0),
  names: expect('a list of different names', isNames),
  'names by name': expect('a list of different names for each name', (value) => everyValue(value, isNames)),
  schema: (value) =>
    isList(value)
      ? 'expected a schema for all items, received a list: write prefixItems for the first items'
      : expect(SCHEMA, isSchema)(value),
  schemas: expect('a list of at least one schema', (value) => isList(value) && value.length > 0 && value.every(isSchema)),
  'schema by name': expect('a schema for each name', (value) => everyValue(value, isSchema)),
  'schema by pattern': (value) =>
    expect('a schema for each pattern', (given) => everyValue(given, isSchema))(value) ??
    Object.keys(value as object)
      .map(checkPattern)
      .find((problem) => problem !== undefined),
  reference: expect('#, or a place below #/$defs/ or #/definitions/', isReference),
  dialect: (value) =>
    dialectNamed(value) ? undefined : `expected one of ${Object.values(DIALECTS).join(', ')}, received ${showValue(value)}`,
};

function checkPattern(value: unknown): string | undefined {
  if (typeof value !== 'string') return `expected a pattern, received ${showValue(value)}`;
  const problem = patternProblem(value);
  return problem === undefined ? undefined : `the pattern ${showValue(value)} ${problem}`;
}

function checkTypes(value: unknown): string | undefined {
  const types: readonly unknown[] = isList(value) ? value : [value];
  const wrong = types.find((type) => !(JSON_TYPES as readonly unknown[]).includes(type));
  if (types.length > 0 && wrong === undefined && new Set(types).size === types.length) return undefined;
  const hint = typeof wrong === 'string' ? suggestion(wrong, JSON_TYPES) : '';
  return `expected ${JSON_TYPES.slice(0, -1).join(', ')} or ${JSON_TYPES.at(-1)}, or a list of different ones, received ${showValue(value)}${hint}`;
}

/** The draft that `$schema` names; undefined where it names none that is supported. */
export function dialectNamed(value: unknown): Dialect | undefined {
  if (value === undefined) return '2020-12';
  const named = String(value)
    .replace(/#$/, '')
    .replace(/^https?:/, '');
  return (Object.keys(DIALECTS) as Dialect[]).find((dialect) => DIALECTS[dialect].replace(/^https?:/, '') === named);
}
