import { open } from 'node:fs/promises';
import { CorruptStreamError, expand } from '../../adapters/expand';
import type { Compression, JobConfig, PlannedObject } from '../../core/contracts';
import { toUtf8, type Utf8Converter } from '../../core/records/to-utf8';
import { KIB, MIB } from '../../core/units';
import { DataFailure } from '../failures';
import type { Mark } from './marks';

/** A small file may repeat itself as often as it likes. */
const RATIO_COUNTS_FROM_BYTES = MIB;
/** To find where a record of a converted text comes from, so many bytes are looked at. */
const MARK_EVERY_BYTES = 64 * KIB;

type Input = Pick<JobConfig['spec']['input'], 'maxExpandedBytes' | 'maxExpansionRatio' | 'encoding'>;

export interface Expansion {
  readonly object: PlannedObject;
  /** @default - it is stored as it is */
  readonly compression?: Compression;
  readonly input: Input;
  /** Where the text goes. */
  readonly file: string;
}

/** The text that was made. */
export interface Expanded {
  readonly bytes: number;
  /** Where pieces of it come from, where it was converted. */
  readonly marks: readonly Mark[];
}

/** Writes down the text in UTF-8 that an object holds, as it streams by; what bursts or is corrupt is the data's fault. */
export async function expandToFile(pieces: AsyncIterable<Buffer>, expansion: Expansion): Promise<Expanded> {
  const out = await open(expansion.file, 'w');
  const marks: Mark[] = [];
  let bytes = 0;
  try {
    for await (const { text, offset } of textOf(pieces, expansion)) {
      if (offset !== undefined) marks.push({ place: bytes, offset });
      bytes += text.length;
      checkLimits(bytes, expansion);
      await out.appendFile(text);
    }
    return { bytes, marks };
  } catch (thrown) {
    throw thrown instanceof CorruptStreamError ? corrupt(thrown, bytes, expansion) : thrown;
  } finally {
    await out.close();
  }
}

interface Piece {
  readonly text: Buffer;
  /** Where it begins in the object as it expands; absent where that is its place in the text. */
  readonly offset?: number;
}

async function* textOf(pieces: AsyncIterable<Buffer>, { compression, input: { encoding } }: Expansion): AsyncGenerator<Piece> {
  const expanded = compression ? expand(compression, pieces) : pieces;
  if (encoding !== 'utf-8') yield* convert(expanded, toUtf8(encoding));
  else for await (const text of expanded) yield { text };
}

async function* convert(parts: AsyncIterable<Buffer>, converter: Utf8Converter): AsyncGenerator<Piece> {
  let offset = 0;
  for await (const part of parts) {
    for (let at = 0; at < part.length; at += MARK_EVERY_BYTES) {
      const slice = part.subarray(at, at + MARK_EVERY_BYTES);
      const begin = offset - converter.held;
      offset += slice.length;
      yield { text: converter.push(slice), offset: begin };
    }
  }
  yield { offset: offset - converter.held, text: converter.end() };
}

function checkLimits(bytes: number, { object, input }: Expansion): void {
  const { maxExpandedBytes, maxExpansionRatio } = input;
  if (bytes > maxExpandedBytes) {
    throw new DataFailure(
      `${object.key} of ${object.bytes} bytes expands to more than ${maxExpandedBytes} bytes, which is what input.maxExpandedBytes allows`,
      'raise input.maxExpandedBytes if the file is what it should be, or drop it in several smaller ones',
    );
  }
  if (bytes > RATIO_COUNTS_FROM_BYTES && bytes > object.bytes * maxExpansionRatio) {
    throw new DataFailure(
      `${object.key} of ${object.bytes} bytes expands to ${bytes} bytes and more, over ${maxExpansionRatio} times its size, ` +
        'which is what input.maxExpansionRatio allows',
      'raise input.maxExpansionRatio if the file is what it should be: a file that is made to exhaust its reader looks like this',
    );
  }
}

const corrupt = ({ message }: CorruptStreamError, bytes: number, { object, compression }: Expansion): DataFailure =>
  new DataFailure(
    `${object.key} cannot be expanded as ${compression} beyond ${bytes} bytes of text: ${message}`,
    'the file is corrupt or cut short: compress it again and drop it anew',
  );
