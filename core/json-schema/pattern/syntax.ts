/** Code points from the first to the last, both included. */
export type Range = readonly [first: number, last: number];

export type Assertion = 'start' | 'end' | 'boundary';

/** A pattern of ECMA-262 (flag `u`) as far as its meaning is regular. */
export type Pattern =
  | { readonly kind: 'set'; readonly ranges: readonly Range[] }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  | { readonly kind: 'sequence'; readonly items: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly items: readonly Pattern[] }
  | { readonly kind: 'repeat'; readonly item: Pattern; readonly min: number; readonly max: number };

/** What a pattern holds that is not supported. */
export class PatternError extends RangeError {
  override readonly name = 'PatternError';
}

const LAST_CODE_POINT = 0x10ffff;

/** The same code points in order, without overlaps. */
export function sortRanges(ranges: readonly Range[]): readonly Range[] {
  const sorted: [number, number][] = [];
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const previous = sorted.at(-1);
    if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else sorted.push([first, last]);
  }
  return sorted;
}

/** All other code points. */
export function invertRanges(ranges: readonly Range[]): readonly Range[] {
  const sorted = sortRanges(ranges);
  const starts = [0, ...sorted.map(([, last]) => last + 1)];
  const ends = [...sorted.map(([first]) => first - 1), LAST_CODE_POINT];
  return starts.map((start, index): Range => [start, ends[index] ?? LAST_CODE_POINT]).filter(([first, last]) => first <= last);
}

const codes = (text: string): readonly Range[] => [...text].map((character): Range => [pointOf(character), pointOf(character)]);
export const pointOf = (character: string): number => character.codePointAt(0) ?? 0;

const DIGITS: readonly Range[] = [[0x30, 0x39]];
const WORD: readonly Range[] = [...DIGITS, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
const SPACES: readonly Range[] = [[9, 13], [0x2000, 0x200a], ...codes(' \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff')];

/** The classes that one letter stands for; the capital letter is the inverse. */
export const SHORTHANDS: ReadonlyMap<string, readonly Range[]> = new Map([
  ['d', DIGITS],
  ['w', WORD],
  ['s', SPACES],
  ['D', invertRanges(DIGITS)],
  ['W', invertRanges(WORD)],
  ['S', invertRanges(SPACES)],
]);

/** What a dot takes: all but the four line terminators. */
export const DOT: readonly Range[] = invertRanges(codes('\n\r\u2028\u2029'));

const PROPERTIES = new Map<string, readonly Range[]>();

/** The code points of a Unicode property such as `L` or `Script=Greek`, as this engine's tables have them. */
export function rangesOfProperty(property: string): readonly Range[] {
  const known = PROPERTIES.get(property);
  if (known) return known;
  const has = new RegExp(`^\\p{${property}}$`, 'u');
  const ranges: [number, number][] = [];
  for (let point = 0; point <= LAST_CODE_POINT; point += 1) {
    if (!has.test(String.fromCodePoint(point))) continue;
    const previous = ranges.at(-1);
    if (previous && previous[1] === point - 1) previous[1] = point;
    else ranges.push([point, point]);
  }
  PROPERTIES.set(property, ranges);
  return ranges;
}

const CASE_GAP = 0x20;

/** The ASCII letters of ranges in both cases. */
export function foldAscii(ranges: readonly Range[]): readonly Range[] {
  const folded = (from: Range, by: number): readonly Range[] =>
    ranges.flatMap(([first, last]): readonly Range[] => {
      const [low, high] = [Math.max(first, from[0]), Math.min(last, from[1])];
      return low <= high ? [[low + by, high + by]] : [];
    });
  return sortRanges([...ranges, ...folded([0x41, 0x5a], CASE_GAP), ...folded([0x61, 0x7a], -CASE_GAP)]);
}
