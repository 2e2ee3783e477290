import type { Pattern } from './syntax';

/** What an engine that tries one way after the other has to do at one place of a text. */
interface Effort {
  /** Ways to match there, times the text's length to the power of `degree`. */
  readonly ways: number;
  readonly degree: number;
  /** Steps of one way, an unbounded repetition counted as one. */
  readonly steps: number;
}

const ONE_STEP: Effort = { ways: 1, degree: 0, steps: 1 };
/** What may be tried for each character of a text; an automaton takes about as long. */
const MAX_TRIES = 100;
const TOO_MANY: Effort = { ways: MAX_TRIES + 1, degree: 2, steps: 1 };

/** Whether an engine that tries one way after the other takes linear time: the ways to divide a text are few and short. */
export function isLinear(pattern: Pattern): boolean {
  const { ways, degree, steps } = effortOf(pattern);
  const anchored = isAnchored(pattern);
  if (anchored && degree === 0) return ways <= MAX_TRIES;
  return degree <= (anchored ? 1 : 0) && ways * steps <= MAX_TRIES;
}

function effortOf(pattern: Pattern): Effort {
  if (pattern.kind === 'sequence') return pattern.items.map(effortOf).reduce(multiply, { ...ONE_STEP, steps: 0 });
  if (pattern.kind === 'choice') return pattern.items.map(effortOf).reduce(add);
  return pattern.kind === 'repeat' ? effortOfRepeat(effortOf(pattern.item), pattern.min, pattern.max) : ONE_STEP;
}

const multiply = (a: Effort, b: Effort): Effort => ({ ways: a.ways * b.ways, degree: a.degree + b.degree, steps: a.steps + b.steps });
const add = (a: Effort, b: Effort): Effort => ({
  ways: a.ways + b.ways,
  degree: Math.max(a.degree, b.degree),
  steps: Math.max(a.steps, b.steps),
});

/** What matches in one way is repeated once more or not; anything else is repeated in all combinations. */
function effortOfRepeat({ ways, degree, steps }: Effort, min: number, max: number): Effort {
  const isSimple = ways === 1 && degree === 0;
  if (max === Number.POSITIVE_INFINITY) return isSimple ? { ways: 1, degree: 1, steps: steps * Math.max(1, min) } : TOO_MANY;
  if (isSimple) return { ways: max - min + 1, degree: 0, steps: steps * max };
  if (max === 1) return { ways: ways + 1 - min, degree, steps };
  return max === 0 ? ONE_STEP : { ways: Math.min((max - min + 1) * ways ** max, MAX_TRIES + 1), degree: degree * max, steps: steps * max };
}

function isAnchored(pattern: Pattern): boolean {
  if (pattern.kind === 'assertion') return pattern.assertion === 'start';
  if (pattern.kind === 'choice') return pattern.items.every(isAnchored);
  return pattern.kind === 'sequence' && pattern.items[0] !== undefined && isAnchored(pattern.items[0]);
}
