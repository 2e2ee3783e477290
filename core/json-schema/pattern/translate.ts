import { isLinear } from './linear';
import { parsePattern } from './parse';
import { type Assertion, foldAscii, type Pattern, PatternError, type Range } from './syntax';

/** A pattern of ECMA-262 in the words of RE2, in which it means the same and takes linear time. */
export interface Translation {
  readonly re2: string;
  /** Whether an engine that tries one way after the other takes linear time as well. */
  readonly linear: boolean;
}

/** What RE2 repeats at most, nested repetitions multiplied. */
const MAX_REPETITIONS = 1000;
/** Instructions of RE2's program, as counted here: the engines refuse programs of a few megabytes. */
const MAX_SIZE = 10_000;

/** Translates a pattern; `ignoreCase` folds the letters of ASCII.
 *  @throws PatternError where it is none, or cannot be matched in linear time */
export function translatePattern(source: string, { ignoreCase = false } = {}): Translation {
  const parsed = parsePattern(source);
  const pattern = ignoreCase ? foldPattern(parsed) : parsed;
  const repetitions = repetitionsOf(pattern);
  if (repetitions > MAX_REPETITIONS) {
    throw new PatternError(`repeats a part ${repetitions} times, nested repetitions multiplied, allowed: ${MAX_REPETITIONS}`);
  }
  const size = sizeOf(pattern);
  if (size > MAX_SIZE) throw new PatternError(`is too large once its repetitions are written out: ${size}, allowed: ${MAX_SIZE}`);
  return { re2: writeRe2(pattern), linear: isLinear(pattern) };
}

/** What keeps a pattern from being translated; undefined when it can be. */
export function patternProblem(source: string): string | undefined {
  try {
    translatePattern(source);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof PatternError) return thrown.message;
    throw thrown;
  }
}

const ASSERTIONS: Readonly<Record<Assertion, string>> = { start: '\\A', end: '\\z', boundary: '\\b' };

function writeRe2(pattern: Pattern): string {
  if (pattern.kind === 'set') return writeSet(pattern.ranges);
  if (pattern.kind === 'assertion') return ASSERTIONS[pattern.assertion];
  if (pattern.kind === 'sequence') return pattern.items.map(writeItem).join('');
  if (pattern.kind === 'choice') return pattern.items.map(writeRe2).join('|');
  return writeRepeat(pattern.item, pattern.min, pattern.max);
}

const writeItem = (item: Pattern): string =>
  item.kind === 'choice' || item.kind === 'sequence' ? `(?:${writeRe2(item)})` : writeRe2(item);

function writeRepeat(item: Pattern, min: number, max: number): string {
  if (max === 0) return '(?:)';
  const of = item.kind === 'set' ? writeRe2(item) : `(?:${writeRe2(item)})`;
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? `${of}*` : min === 1 ? `${of}+` : `${of}{${min},}`;
  return min === 0 && max === 1 ? `${of}?` : `${of}{${min},${max}}`;
}

const writePoint = (code: number): string =>
  /[0-9A-Za-z]/.test(String.fromCodePoint(code)) ? String.fromCodePoint(code) : `\\x{${code.toString(16)}}`;

function writeSet(ranges: readonly Range[]): string {
  const [only] = ranges;
  if (only === undefined) return '[^\\x{0}-\\x{10ffff}]';
  if (ranges.length === 1 && only[0] === only[1]) return writePoint(only[0]);
  return `[${ranges.map(([first, last]) => (first === last ? writePoint(first) : `${writePoint(first)}-${writePoint(last)}`)).join('')}]`;
}

function foldPattern(pattern: Pattern): Pattern {
  if (pattern.kind === 'set') return { ...pattern, ranges: foldAscii(pattern.ranges) };
  if (pattern.kind === 'assertion') return pattern;
  return pattern.kind === 'repeat'
    ? { ...pattern, item: foldPattern(pattern.item) }
    : { ...pattern, items: pattern.items.map(foldPattern) };
}

const largest = (numbers: readonly number[]): number => numbers.reduce((most, number) => Math.max(most, number), 1);
const timesOf = (min: number, max: number): number => Math.max(1, max === Number.POSITIVE_INFINITY ? min : max);

function repetitionsOf(pattern: Pattern): number {
  if (pattern.kind === 'repeat') return timesOf(pattern.min, pattern.max) * repetitionsOf(pattern.item);
  return pattern.kind === 'set' || pattern.kind === 'assertion' ? 1 : largest(pattern.items.map(repetitionsOf));
}

const LAST_ASCII = 0x7f;
/** A range beyond ASCII is several ranges of bytes. */
const BYTES = 6;

function sizeOf(pattern: Pattern): number {
  if (pattern.kind === 'set') return pattern.ranges.reduce((sum, [, last]) => sum + (last <= LAST_ASCII ? 1 : BYTES), 1);
  if (pattern.kind === 'assertion') return 1;
  if (pattern.kind === 'repeat') return (sizeOf(pattern.item) + 1) * timesOf(pattern.min, pattern.max);
  return pattern.items.reduce((sum, item) => sum + sizeOf(item) + 1, 0);
}
