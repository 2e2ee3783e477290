import type { Compression } from '../contracts';
import type { JobSpec } from '../spec/schema';
import { StepFailure } from '../step-failures';

/**
 * What a file is, told from its first bytes: names lie, so the key only serves to say which file is meant. Whatever does
 * not fit the job's input is refused by name before anything is submitted.
 */

/** Bytes that tell a compression and a binary format, and most text that is none. */
export const SNIFF_BYTES = 4096;

type Packing = Compression | 'zip' | 'xz';
type Content = 'parquet' | 'avro' | 'text';

type InputSpec = Pick<JobSpec['input'], 'compression'> & { readonly format: string };

const UNPACKED: ReadonlySet<Packing> = new Set<Packing>(['gzip', 'zstd', 'bzip2']);
const isUnderstood = (packing: Packing): packing is Compression => UNPACKED.has(packing);

/** How packed files begin, in hex. A text may begin with bzip2's first three bytes, so the head of its first block counts too. */
const PACKINGS: readonly (readonly [RegExp, Packing])[] = [
  [/^1f8b/, 'gzip'],
  [/^28b52ffd/, 'zstd'],
  // A frame that decoders skip, which may stand before the others.
  [/^5.2a4d18/, 'zstd'],
  [/^425a683[1-9](314159265359|177245385090)/, 'bzip2'],
  [/^504b(0304|0506|0708)/, 'zip'],
  [/^fd377a585a00/, 'xz'],
];

const LONGEST_MARK_BYTES = 10;
const firstMatch = <T>(rules: readonly (readonly [RegExp, T])[], start: Buffer): T | undefined => {
  const text = start.toString('hex', 0, LONGEST_MARK_BYTES);
  return rules.find(([pattern]) => pattern.test(text))?.[1];
};

/** How a file is packed; undefined when it is not. */
export const packingOf = (start: Buffer): Packing | undefined => firstMatch(PACKINGS, start);

const ARTICLES: Readonly<Record<Content, string>> = { parquet: 'a Parquet file', avro: 'an Avro file', text: 'a text file' };

/** Formats that are compressed inside, so a compressed file of theirs could not be read in parts. */
const EXPECTED: Readonly<Record<string, Content>> = { csv: 'text', tsv: 'text', jsonl: 'text', parquet: 'parquet', avro: 'avro' };

const config = (message: string): StepFailure => new StepFailure('CONFIG', message);
const data = (message: string): StepFailure => new StepFailure('DATA', message);

/** How a file is to be expanded, checked against what the job takes; undefined when it is read as it is. */
export function compressionOf(start: Buffer, key: string, { format, compression }: InputSpec): Compression | undefined {
  const expected = EXPECTED[format];
  if (!expected) return undefined;
  const found = packingOf(start);
  if (found && !isUnderstood(found)) {
    throw config(`${key} is compressed as ${found}, allowed: plain, gzip, zstd or bzip2: unpack it before dropping it`);
  }
  if (found && expected !== 'text') {
    throw config(
      `${key} is compressed as ${found}, but the job's input.format is ${format}, which is read in parts: unpack it before dropping it`,
    );
  }
  if (compression === 'auto' || compression === (found ?? 'none')) return found;
  throw config(
    `${key} is ${found ? `compressed as ${found}` : 'not compressed'}, but the job's input.compression is ${compression}, ` +
      'allowed: auto, none, gzip, zstd or bzip2 (auto takes each file as it is)',
  );
}

const UNICODE_MARKS: readonly (readonly [RegExp, string])[] = [
  // UTF-32 in little-endian order begins like UTF-16 does.
  [/^fffe0000/, 'UTF-32'],
  [/^0000feff/, 'UTF-32'],
  [/^fffe/, 'UTF-16'],
  [/^feff/, 'UTF-16'],
];

/** `PAR1` and `Obj`, one. */
const CONTENTS: readonly (readonly [RegExp, Content])[] = [
  [/^50415231/, 'parquet'],
  [/^4f626a01/, 'avro'],
];

/** Refuses a file whose first bytes, expanded where it is compressed, are not of the job's format. */
export function checkContent(start: Buffer, key: string, { format }: InputSpec): void {
  const expected = EXPECTED[format];
  if (!expected || start.length === 0) return;
  const found = firstMatch(CONTENTS, start) ?? 'text';
  if (found !== expected) {
    const what = found === 'text' ? `is no ${expected === 'avro' ? 'Avro' : 'Parquet'} file` : `is ${ARTICLES[found]}`;
    throw config(`${key} ${what}, but the job's input.format is ${format}`);
  }
  if (expected === 'text') checkText(start, key);
}

function checkText(start: Buffer, key: string): void {
  const marked = firstMatch(UNICODE_MARKS, start);
  if (marked) {
    const remedy = marked === 'UTF-32' ? 'convert it before dropping it' : 'convert it before dropping it, or set input.encoding';
    throw data(`${key} is text in ${marked}, expected UTF-8: ${remedy}`);
  }
  const nul = start.indexOf(0);
  if (nul !== -1) {
    throw data(`${key} has a NUL byte at offset ${nul}, expected text in UTF-8: it is binary, or text in UTF-16 without a mark`);
  }
}

const MARKS_OF: Readonly<Record<string, string>> = { 'utf-16le': 'fffe', 'utf-16be': 'feff' };
const OTHER_ORDER: Readonly<Record<string, string>> = { 'utf-16le': 'utf-16be', 'utf-16be': 'utf-16le' };

/**
 * Refuses a file whose bytes are not of the encoding that the job says. Every table in UTF-16 has NUL bytes near its
 * beginning, since its delimiters and line breaks have them; read the wrong way it would be one record without an end.
 */
export function checkEncoding(start: Buffer, key: string, { encoding }: Pick<JobSpec['input'], 'encoding'>): void {
  const other = OTHER_ORDER[encoding];
  if (other === undefined || start.length === 0) return;
  const mark = start.toString('hex', 0, 2);
  if (mark === MARKS_OF[encoding]) return;
  const nuls = [0, 0];
  for (const [at, byte] of start.subarray(0, SNIFF_BYTES).entries()) if (byte === 0) nuls[at % 2] = (nuls[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = nuls;
  const isOther = mark === MARKS_OF[other] || (encoding === 'utf-16le' ? even > odd : odd > even);
  if (isOther) throw data(`${key} is text in ${other}, but the job's input.encoding is ${encoding}`);
  if (even + odd === 0)
    throw data(`${key} has no NUL byte where text in ${encoding} has many: set input.encoding to what it is written in`);
}
