import { createHash, randomUUID } from 'node:crypto';
import type { Expression } from 'jsonata';

const ALGORITHMS = new Map([
  ['MD5', 'md5'],
  ['SHA-1', 'sha1'],
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
]);

/** Step Functions' limit for what `$range` gives. */
const RANGE_LIMIT = 1000;

function partition(items: readonly unknown[], size: number): unknown[][] {
  if (!Number.isInteger(size) || size < 1) throw new Error(`$partition: size ${size} is not a whole number above 0`);
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function range(first: number, last: number, step: number): number[] {
  if (step === 0) throw new Error('$range: step 0 leads nowhere');
  const length = Math.max(0, Math.floor((last - first) / step) + 1);
  if (length > RANGE_LIMIT) throw new Error(`$range: ${length} numbers, ${RANGE_LIMIT} are allowed`);
  return Array.from({ length }, (_, i) => first + i * step);
}

function hash(content: unknown, name: string): string {
  const algorithm = ALGORITHMS.get(name);
  if (!algorithm) throw new Error(`$hash: algorithm "${name}" is none of ${[...ALGORITHMS.keys()].join(', ')}`);
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return createHash(algorithm).update(text).digest('hex');
}

/** Mulberry32: one step of it is enough for a number that depends on the seed alone. */
function seeded(seed: number): number {
  let t = (Math.trunc(seed) + 0x6d2b79f5) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

const refuseEval = (): never => {
  throw new Error('$eval is not available in state machines; use $parse for JSON');
};

/** The functions that Step Functions adds to JSONata, and the one that it takes away. */
export function addFunctions(expression: Expression): Expression {
  expression.registerFunction('partition', partition, '<an:a>');
  expression.registerFunction('range', range, '<nnn:a<n>>');
  expression.registerFunction('hash', hash, '<xs:s>');
  expression.registerFunction('random', (seed?: number) => (seed === undefined ? Math.random() : seeded(seed)), '<n?:n>');
  expression.registerFunction('uuid', () => randomUUID(), '<:s>');
  expression.registerFunction('parse', (text: string) => JSON.parse(text), '<s:x>');
  expression.registerFunction('eval', refuseEval);
  return expression;
}
