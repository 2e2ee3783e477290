import { closeSync, openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MIB } from '../core/units';

/**
 * Writes a CSV file that is hard to cut: 5 % of its rows hold quoted line breaks, one row in a hundred fields full of
 * quotes, and now and then a field holds a whole table whose lines look like the rows around it. The same seed writes
 * the same file.
 */

const { values } = parseArgs({
  options: {
    mb: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: 'quoted.csv' },
  },
});

type Random = () => number;

/** mulberry32: a small generator whose sequence is the seed's alone. */
function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const WORDS = ['late', 'paid', 'Zoë', 'refund', '5" tall', 'a, b', 'naïve 😀', 'order', 'of', 'said "no"', ''];
const QUOTES = ['"', '""', '","', '",\n"', '"\n', ',"', '"a"', '\n"'];

const below = (random: Random, limit: number): number => Math.floor(random() * limit);
const pick = (random: Random, words: readonly string[]): string => words[below(random, words.length)] ?? '';
const many = (random: Random, { least, most }: { least: number; most: number }, one: () => string): string[] =>
  Array.from({ length: least + below(random, most - least + 1) }, one);

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
/** Quotes only where it must, as most programs do. */
const field = (text: string): string => (/[",\n\r]/.test(text) ? quoted(text) : text);

const sentence = (random: Random): string => many(random, { least: 2, most: 8 }, () => pick(random, WORDS)).join(' ');

/** Shares of the rows; the first two make the 5 % with quoted line breaks. */
const NOTES: readonly { readonly share: number; readonly make: (random: Random) => string }[] = [
  // 30 to 120 kB of lines that have as many columns as the file itself.
  { share: 0.0005, make: (random) => many(random, { least: 1000, most: 4000 }, () => plainRow(random)).join('\n') },
  { share: 0.0495, make: (random) => many(random, { least: 2, most: 6 }, () => sentence(random)).join('\n') },
  { share: 0.01, make: (random) => many(random, { least: 1, most: 40 }, () => pick(random, QUOTES)).join('') },
];

const plainRow = (random: Random): string => `${below(random, 1e6)},item ${below(random, 100)},${below(random, 1000)},x,y`;

function noteOf(random: Random): string {
  let left = random();
  for (const { share, make } of NOTES) {
    if (left < share) return make(random);
    left -= share;
  }
  return sentence(random);
}

function row(id: number, random: Random): string {
  const amount = (random() * 1000 - 50).toFixed(2);
  const payload = random() < 0.02 ? '"'.repeat(1 + below(random, 30)) : pick(random, WORDS);
  return `${[String(id), `item ${below(random, 100)}`, amount, noteOf(random), payload].map(field).join(',')}\n`;
}

function main(): void {
  const random = randomOf(Number(values.seed));
  const target = Number(values.mb) * MIB;
  const file = openSync(values.out, 'w');
  let bytes = writeSync(file, 'id,name,amount,note,payload\n');
  let rows = 0;
  try {
    while (bytes < target) {
      const piece = Array.from({ length: 1000 }, () => row(rows++, random)).join('');
      bytes += writeSync(file, piece);
    }
  } finally {
    closeSync(file);
  }
  console.log(JSON.stringify({ file: values.out, bytes, rows, seed: values.seed }));
}

main();
