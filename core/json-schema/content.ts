import { decimalOf } from '../decimal';
import { suggestion } from '../spec/nearest';
import { FORMAT_NAMES, formatOf } from './formats';
import { isAnnotation, JSON_TYPES, type JsonType } from './keywords';
import type { SchemaUse } from './query-limits';
import { dialectNamed, isRecord, showValue } from './values';

export type Schema = Readonly<Record<string, unknown>>;

/** Where a subschema lies. */
export interface Place {
  readonly pointer: string;
  /** How many objects or arrays of the record lie around the value: a column has one. */
  readonly depth: number;
  /** Types that the value is known to have. @default - any */
  readonly types: readonly JsonType[];
}

export interface Given extends Place {
  readonly name: string;
  readonly value: unknown;
}

export const typesOf = ({ type }: Schema): readonly JsonType[] =>
  (Array.isArray(type) ? type : [type]).filter((one): one is JsonType => (JSON_TYPES as readonly unknown[]).includes(one));

export const overlap = (types: readonly JsonType[], about: readonly JsonType[]): boolean => types.some((type) => about.includes(type));

/** What is wrong with a value beyond its form. */
interface Content extends Given {
  readonly role: SchemaUse['role'];
}

export function contentProblem(root: Schema, schema: Schema, given: Content): string | undefined {
  if (given.name === 'format') return formatProblem(given);
  if (given.name === '$ref') return referenceProblem(root, schema, String(given.value));
  if (given.name === '$schema' && given.pointer !== '') return 'stands at the top of the file only';
  return given.name === 'minContains' ? containsProblem(schema) : undefined;
}

function formatProblem(content: Content): string | undefined {
  const { value, types } = content;
  const name = String(value);
  if (name.startsWith('decimal')) return decimalProblem(content);
  const format = formatOf(name);
  if (!format)
    return `unknown format ${showValue(value)}${suggestion(name, FORMAT_NAMES)}, allowed: ${FORMAT_NAMES.join(', ')}, decimal(p,s)`;
  return overlap(types, format.types) ? undefined : `${name} says nothing about ${types.join(', ')}, but about ${format.types.join(', ')}`;
}

const DECIMAL_TYPES: readonly JsonType[] = ['number', 'string'];

/** A malformed one of an output column is told beside the column that it is of. */
function decimalProblem({ value, depth, types, role }: Content): string | undefined {
  const name = String(value);
  if (role !== 'output' || depth !== 1) return `${name} is for columns of output.schema, which are stored so`;
  if (!decimalOf(name) || overlap(types, DECIMAL_TYPES)) return undefined;
  return `${name} says nothing about ${types.join(', ')}, but about ${DECIMAL_TYPES.join(', ')}`;
}

function containsProblem({ minContains, maxContains }: Schema): string | undefined {
  if (minContains === 0 && maxContains === undefined) return '0 would let contains say nothing';
  return Number(minContains) > Number(maxContains ?? Number.POSITIVE_INFINITY)
    ? `expected at most maxContains, ${showValue(maxContains)}, received ${showValue(minContains)}`
    : undefined;
}

/** What says nothing about the value that a reference is about. */
const BESIDE: ReadonlySet<string> = new Set(['$schema', '$defs', 'definitions']);

/** In draft-07 nothing beside a reference counts. */
function referenceProblem(root: Schema, schema: Schema, reference: string): string | undefined {
  const target = targetOf(root, reference);
  if (target === undefined) return `nothing is defined at ${showValue(reference)}`;
  if (isRecord(target) && isCircle(root, target)) return `${showValue(reference)} leads to references in a circle`;
  const beside = Object.keys(schema).filter((name) => name !== '$ref' && !isAnnotation(name) && !BESIDE.has(name));
  return dialectNamed(root.$schema) === 'draft-07' && beside.length > 0
    ? `beside it draft-07 passes over ${beside.join(', ')}: write allOf`
    : undefined;
}

function isCircle(root: Schema, start: Schema): boolean {
  const seen = new Set<unknown>();
  for (let at: unknown = start; isRecord(at) && typeof at.$ref === 'string' && at.$ref !== '#'; at = targetOf(root, at.$ref)) {
    if (seen.has(at)) return true;
    seen.add(at);
  }
  return false;
}

function decodeStep(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

function targetOf(root: Schema, reference: string): unknown {
  const steps = reference
    .split('/')
    .slice(1)
    .map((step) => decodeStep(step).replaceAll('~1', '/').replaceAll('~0', '~'));
  return steps.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null && Object.hasOwn(at, step) ? Reflect.get(at, step) : undefined),
    root,
  );
}
