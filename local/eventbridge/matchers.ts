import { z } from 'zod';
import { ApiError } from '../kernel/errors';

/** A test of one value of an event; `undefined` is an absent field. */
export type Matcher = (value: unknown) => boolean;

const bad = (what: string): ApiError => new ApiError('InvalidEventPatternException', `event pattern is not valid: ${what}`);

const onText =
  (test: (text: string) => boolean): Matcher =>
  (value) =>
    typeof value === 'string' && test(value);

const fold = (text: string): string => text.toLowerCase();

/** `*` stands for any characters; a backslash takes its meaning from it. */
function wildcard(pattern: string): RegExp {
  const source = pattern.replace(/\\([\\*])|(\*)|([\s\S])/g, (_, escaped, star, plain) =>
    star ? '[\\s\\S]*' : (escaped ?? plain).replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  );
  return new RegExp(`^${source}$`);
}

const Text = z.string();
const IgnoringCase = z.strictObject({ 'equals-ignore-case': z.string() });
const Texts = z.union([z.string().transform((text) => [text]), z.array(z.string()).min(1)]);
const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

function affix(operand: unknown, test: (text: string, part: string) => boolean): Matcher {
  const ignoring = IgnoringCase.safeParse(operand);
  if (ignoring.success) return onText((text) => test(fold(text), fold(ignoring.data['equals-ignore-case'])));
  const part = Text.parse(operand);
  return onText((text) => test(text, part));
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

function numeric(operand: unknown): Matcher {
  const terms = z.array(z.unknown()).min(2).parse(operand);
  if (terms.length % 2 !== 0) throw bad(`numeric ${JSON.stringify(operand)} needs pairs of operator and number`);
  const tests = Array.from({ length: terms.length / 2 }, (_, i) => {
    const compare = COMPARISONS[String(terms[2 * i])];
    const bound = z.number().parse(terms[2 * i + 1]);
    if (!compare) throw bad(`numeric operator ${JSON.stringify(terms[2 * i])}, allowed are ${Object.keys(COMPARISONS).join(' ')}`);
    return (value: number) => compare(value, bound);
  });
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

/** Holds for a field that is there and has none of the named values, affixes or shapes. */
function anythingBut(operand: unknown): Matcher {
  const present =
    (test: Matcher): Matcher =>
    (value) =>
      value !== undefined && !test(value);
  if (typeof operand === 'object' && operand !== null && !Array.isArray(operand)) {
    const [[name, argument] = ['', undefined], ...more] = Object.entries(operand);
    if (more.length > 0 || !['prefix', 'suffix', 'wildcard', 'equals-ignore-case'].includes(name)) {
      throw bad(`anything-but ${JSON.stringify(operand)}`);
    }
    const tests = Texts.parse(argument).map((text) => filter(name, text));
    return present((value) => tests.some((test) => test(value)));
  }
  const values = z.union([Scalar.transform((value) => [value]), z.array(Scalar).min(1)]).parse(operand);
  return present((value) => values.some((other) => other === value));
}

function exists(operand: unknown): Matcher {
  const wanted = z.boolean().parse(operand);
  return (value) => (value !== undefined) === wanted;
}

const FILTERS: Readonly<Record<string, (operand: unknown) => Matcher>> = {
  prefix: (operand) => affix(operand, (text, part) => text.startsWith(part)),
  suffix: (operand) => affix(operand, (text, part) => text.endsWith(part)),
  'equals-ignore-case': (operand) => {
    const wanted = fold(Text.parse(operand));
    return onText((text) => fold(text) === wanted);
  },
  wildcard: (operand) => {
    const expression = wildcard(Text.parse(operand));
    return onText((text) => expression.test(text));
  },
  numeric,
  'anything-but': anythingBut,
  exists,
};

function filter(name: string, operand: unknown): Matcher {
  const make = FILTERS[name];
  if (!make) throw bad(`filter ${JSON.stringify(name)}, allowed are ${Object.keys(FILTERS).join(', ')}`);
  try {
    return make(operand);
  } catch (thrown) {
    if (thrown instanceof ApiError) throw thrown;
    throw bad(`${name} does not take ${JSON.stringify(operand)}`);
  }
}

/** One entry of a field's list: a plain value, or an object with exactly one filter. */
export function matcherOf(rule: unknown): Matcher {
  if (typeof rule !== 'object' || rule === null) return (value) => value === rule;
  const [entry, ...more] = Object.entries(rule);
  if (!entry || more.length > 0 || Array.isArray(rule)) throw bad(`${JSON.stringify(rule)} is not one filter`);
  return filter(entry[0], entry[1]);
}

/** What a malformed pattern is answered with. */
export const invalidPattern = bad;
