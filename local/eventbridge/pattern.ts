import { invalidPattern, type Matcher, matcherOf } from './matchers';

/** Whether an event matches. */
export type Predicate = (event: unknown) => boolean;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A field of the event is a leaf, an array of leaves of which any may match, or absent; objects are no leaves. */
function leaf(matchers: readonly Matcher[]): Predicate {
  return (value) => {
    const leaves = (Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value]).filter((item) => !isObject(item));
    const candidates = leaves.length === 0 ? [undefined] : leaves;
    return candidates.some((candidate) => matchers.some((matches) => matches(candidate)));
  };
}

/** Among the objects of an array, a single one must match the whole. */
const within =
  (matches: Predicate): Predicate =>
  (value) =>
    Array.isArray(value) ? value.some(within(matches)) : matches(isObject(value) ? value : {});

function alternatives(value: unknown): Predicate {
  if (!Array.isArray(value) || value.length < 2)
    throw invalidPattern(`$or needs a list of at least two patterns, not ${JSON.stringify(value)}`);
  const patterns = value.map(compile);
  return (event) => patterns.some((matches) => matches(event));
}

function field(name: string, value: unknown): Predicate {
  if (name === '$or') return alternatives(value);
  const get = (event: unknown): unknown => (isObject(event) && Object.hasOwn(event, name) ? event[name] : undefined);
  if (Array.isArray(value)) {
    if (value.length === 0) throw invalidPattern(`${name} has an empty list`);
    const matches = leaf(value.map(matcherOf));
    return (event) => matches(get(event));
  }
  if (!isObject(value)) throw invalidPattern(`${name} must be an object or a list, not ${JSON.stringify(value)}`);
  const matches = within(compile(value));
  return (event) => matches(get(event));
}

/** Compiles an event pattern; a malformed one is refused now, not when an event comes. */
export function compile(pattern: unknown): Predicate {
  if (!isObject(pattern) || Object.keys(pattern).length === 0) {
    throw invalidPattern(`a pattern is an object with at least one field, not ${JSON.stringify(pattern)}`);
  }
  const fields = Object.entries(pattern).map(([name, value]) => field(name, value));
  return (event) => fields.every((matches) => matches(event));
}
