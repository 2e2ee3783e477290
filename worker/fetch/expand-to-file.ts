import { open } from 'node:fs/promises';
import { CorruptStreamError, expand } from '../../adapters/expand';
import type { Compression, JobConfig, PlannedObject } from '../../core/contracts';
import { toUtf8 } from '../../core/records/to-utf8';
import { MIB } from '../../core/units';
import { DataFailure } from '../failures';

/** A small file may repeat itself as often as it likes. */
const RATIO_COUNTS_FROM_BYTES = MIB;

type Input = Pick<JobConfig['spec']['input'], 'maxExpandedBytes' | 'maxExpansionRatio' | 'encoding'>;

export interface Expansion {
  readonly object: PlannedObject;
  /** @default - it is stored as it is */
  readonly compression?: Compression;
  readonly input: Input;
  /** Where the text goes. */
  readonly file: string;
}

/** Writes down the text in UTF-8 that an object holds, as it streams by, and answers its size; what bursts or is corrupt is the data's fault. */
export async function expandToFile(pieces: AsyncIterable<Buffer>, expansion: Expansion): Promise<number> {
  const out = await open(expansion.file, 'w');
  let bytes = 0;
  try {
    for await (const part of textOf(pieces, expansion)) {
      bytes += part.length;
      checkLimits(bytes, expansion);
      await out.appendFile(part);
    }
    return bytes;
  } catch (thrown) {
    throw thrown instanceof CorruptStreamError ? corrupt(thrown, bytes, expansion) : thrown;
  } finally {
    await out.close();
  }
}

async function* textOf(pieces: AsyncIterable<Buffer>, { compression, input: { encoding } }: Expansion): AsyncGenerator<Buffer> {
  const expanded = compression ? expand(compression, pieces) : pieces;
  if (encoding === 'utf-8') {
    yield* expanded;
    return;
  }
  const converter = toUtf8(encoding);
  for await (const part of expanded) yield converter.push(part);
  yield converter.end();
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
