import { compareUtf8 } from '../utf8-order';

/**
 * Guesses of where the keys behind a page of keys lie, so that they can be listed from several places at once.
 * A guess is never wrong, only uneven: stretches of the key space tile it whatever their bounds.
 */

const DECIMAL = '0123456789';
const HEX = '0123456789abcdef';
const UPPER_HEX = '0123456789ABCDEF';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const ALPHABETS = [DECIMAL, HEX, UPPER_HEX, LETTERS, DECIMAL + LETTERS, DECIMAL + LETTERS.toUpperCase() + LETTERS];

/** Characters before the first difference that a carry may reach, and after it that are told apart. */
const BEFORE = 8;
const AFTER = 6;

/** One character of the counted part of a key: the letters that it counts in. */
type Wheel = string;

function commonLength(a: string, b: string): number {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return i;
}

const smallestFor = (letters: ReadonlySet<string>): Wheel | undefined =>
  ALPHABETS.find((alphabet) => [...letters].every((letter) => alphabet.includes(letter)));

/** A separator stands still; letters and digits count in the smallest alphabet that has all that were seen there. */
function wheelAt(keys: readonly string[], index: number, common: Wheel): Wheel {
  const seen = new Set(keys.map((key) => key[index] ?? ''));
  seen.delete('');
  const [only = '0'] = seen;
  if (seen.size <= 1 && !common.includes(only)) return only;
  return smallestFor(new Set([...seen, ...(seen.size <= 1 ? common : '')])) ?? [...seen].toSorted(compareUtf8).join('');
}

/** The alphabet in which the characters count that differ between the keys. */
function alphabetOf(keys: readonly string[], from: number, to: number): Wheel {
  const columns = Array.from({ length: to - from }, (_, i) => new Set(keys.flatMap((key) => key[from + i] ?? [])));
  const counting = columns.filter(({ size }) => size > 1).flatMap((column) => [...column].filter((letter) => /[0-9A-Za-z]/.test(letter)));
  return smallestFor(new Set(counting)) ?? DECIMAL;
}

function numberOf(text: string, wheels: readonly Wheel[]): bigint {
  return wheels.reduce((sum, wheel, i) => sum * BigInt(wheel.length) + BigInt(Math.max(0, wheel.indexOf(text[i] ?? ''))), 0n);
}

/** The text of a value; undefined when it is beyond what the wheels can show. */
function textOf(value: bigint, wheels: readonly Wheel[]): string | undefined {
  let rest = value;
  const letters = wheels.toReversed().map((wheel) => {
    const size = BigInt(wheel.length);
    const letter = wheel[Number(rest % size)] ?? '';
    rest /= size;
    return letter;
  });
  return rest === 0n ? letters.toReversed().join('') : undefined;
}

export interface CutOptions {
  /** How many times the keys of the page a stretch should hold. */
  readonly pages: number;
  readonly count: number;
}

/** Up to `count` ascending keys behind the page, one about every `pages` pages if the keys go on as they did. */
export function guessCuts(keys: readonly string[], { pages, count }: CutOptions): readonly string[] {
  const [first = '', last = ''] = [keys[0], keys.at(-1)];
  const common = commonLength(first, last);
  const start = Math.max(0, common - BEFORE);
  const end = Math.min(common + AFTER, last.length);
  const alphabet = alphabetOf(keys, common, end);
  const wheels = Array.from({ length: end - start }, (_, i) => wheelAt(keys, start + i, alphabet));
  const [low, high] = [first, last].map((key) => numberOf(key.slice(start, end), wheels)) as [bigint, bigint];
  const step = ((high - low) * BigInt(Math.round(pages * 100))) / 100n;
  if (step <= 0n) return [];
  const cuts = Array.from({ length: count }, (_, i) => textOf(high + step * BigInt(i + 1), wheels));
  const found = cuts.flatMap((text) => (text === undefined ? [] : [last.slice(0, start) + text]));
  return found.filter((cut, i) => compareUtf8(cut, found[i - 1] ?? last) > 0);
}
