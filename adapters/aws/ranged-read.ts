import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { MIB } from '../../core/units';
import type { ByteRange } from '../../core/values';
import { mapConcurrently } from '../concurrency';
import type { Tally } from '../tally';

/** Large enough that requests cost little, small enough that several make one chunk's download wide. */
const PIECE_BYTES = 8 * MIB;
/** One connection of S3 gives some 90 MB/s at most; a Fargate core takes a few of them. */
const PIECES_AT_ONCE = 4;
/** How often in a row a body may break off without one more byte. */
const TRIES = 5;
const FIRST_WAIT_MS = 50;

/** One object, of which every piece must come: an object that is overwritten meanwhile answers 412. */
export interface ReadSource {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
  readonly signal?: AbortSignal;
  readonly tally?: Tally;
}

interface Pinned extends ReadSource {
  readonly etag?: string;
}

interface Answer {
  readonly body: Readable;
  readonly etag: string | undefined;
  /** Bytes of the whole object. */
  readonly total: number;
}

/**
 * Bytes [start, end) of an object, cut to its end: pieces read side by side, straight into their place. A body that breaks
 * off is resumed behind its last byte, so a bad line costs what was lost and not the whole.
 */
export async function readRange(
  source: ReadSource,
  { start, end }: ByteRange,
  memory: (bytes: number) => Buffer = Buffer.allocUnsafeSlow,
): Promise<Buffer> {
  const stop = new AbortController();
  const signal = source.signal ? AbortSignal.any([source.signal, stop.signal]) : stop.signal;
  try {
    const first = await open({ ...source, signal }, { start, end: Math.min(end, start + PIECE_BYTES) });
    const whole = memory(Math.max(0, Math.min(end, first.total) - start));
    const pieces = piecesOf(start, start + whole.length);
    const pinned = { ...source, signal, etag: first.etag };
    await mapConcurrently(pieces, PIECES_AT_ONCE, (piece, index) =>
      fill(pinned, { piece, target: whole.subarray(piece.start - start, piece.end - start), body: index === 0 ? first.body : undefined }),
    );
    return whole;
  } catch (thrown) {
    // What is still on its way is of no use.
    stop.abort();
    throw thrown;
  }
}

const piecesOf = (start: number, end: number): readonly ByteRange[] =>
  Array.from({ length: Math.ceil((end - start) / PIECE_BYTES) }, (_, index) => ({
    start: start + index * PIECE_BYTES,
    end: Math.min(end, start + (index + 1) * PIECE_BYTES),
  }));

async function open({ s3, bucket, key, versionId, etag, signal, tally }: Pinned, { start, end }: ByteRange): Promise<Answer> {
  const answer = await s3.send(
    new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId, Range: `bytes=${start}-${end - 1}`, IfMatch: etag }),
    { abortSignal: signal },
  );
  tally?.add((answer.$metadata?.attempts ?? 1) - 1);
  return { body: answer.Body as Readable, etag: answer.ETag, total: totalOf(answer.ContentRange, key) };
}

/** `bytes 0-99/1234`; an answer without it is not the range that was asked for. */
function totalOf(contentRange: string | undefined, key: string): number {
  const total = Number(/\/(\d+)$/.exec(contentRange ?? '')?.[1] ?? Number.NaN);
  if (Number.isInteger(total)) return total;
  throw new RangeError(`${key} was answered with the content range ${JSON.stringify(contentRange)}, expected bytes …-…/…`);
}

interface Piece {
  readonly piece: ByteRange;
  readonly target: Buffer;
  /** The first answer, where there is one already. */
  readonly body: Readable | undefined;
}

async function fill(source: Pinned, { piece, target, body }: Piece): Promise<void> {
  let filled = 0;
  let idle = 0;
  for (let stream = body; filled < target.length; stream = undefined) {
    const before = filled;
    try {
      stream ??= (await open(source, { start: piece.start + filled, end: piece.end })).body;
      for await (const bytes of stream as AsyncIterable<Buffer>) filled += place(bytes, target, filled);
    } catch (thrown) {
      if (!isCutBody(thrown) || source.signal?.aborted) throw thrown;
    }
    if (filled === target.length) return;
    idle = filled > before ? 0 : idle + 1;
    if (idle === TRIES) throw cutShort(source, piece, filled);
    source.tally?.add(1);
    await wait(idle * FIRST_WAIT_MS, undefined, { signal: source.signal });
  }
}

function place(bytes: Buffer, target: Buffer, at: number): number {
  if (at + bytes.length > target.length) throw new RangeError(`more than the ${target.length} bytes that were asked for arrived`);
  return bytes.copy(target, at);
}

const cutShort = ({ bucket, key }: ReadSource, piece: ByteRange, filled: number): Error =>
  Object.assign(
    new Error(`s3://${bucket}/${key} broke off ${TRIES} times in a row at byte ${piece.start + filled}, expected bytes up to ${piece.end}`),
    { name: 'BrokenBodyError' },
  );

/** The SDK does not retry a body that ends before its length, or stands still. */
export function isCutBody(thrown: unknown): boolean {
  const { code, name, message } = thrown as { code?: string; name?: string; message?: string };
  return code === 'ECONNRESET' || name === 'TimeoutError' || message === 'aborted' || /premature|terminated/i.test(message ?? '');
}
