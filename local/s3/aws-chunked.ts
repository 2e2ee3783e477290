import { createHash, type Hash, timingSafeEqual } from 'node:crypto';
import type { ChunkSignatures } from '../kernel/types';
import { S3Error, signatureDoesNotMatch } from './errors';

const CR = 0x0d;
const LF = 0x0a;
/** A size in hex with a chunk signature, or one trailer; anything longer is no aws-chunked body. */
const MAX_LINE_BYTES = 8 * 1024;

const broken = (why: string): S3Error => new S3Error('IncompleteBody', `The request body is not well-formed aws-chunked: ${why}`);

/** A chunk, or all trailers, that came to its end. */
export interface SealedPiece {
  readonly kind: 'chunk' | 'trailers';
  /** Empty when none came. */
  readonly signature: string;
  /** SHA-256 in hex. */
  readonly hash: string;
}

const TRAILER_SIGNATURE = 'x-amz-trailer-signature';

/**
 * Takes `aws-chunked` framing off a body, signed chunks and unsigned ones alike, without copying payload.
 * Trailers are kept under their lower-case names.
 */
export class AwsChunkedDecoder {
  readonly trailers = new Map<string, string>();
  private sealed: SealedPiece[] = [];
  private signature = '';
  private hash: Hash | undefined;
  private state: 'size' | 'data' | 'data-end' | 'trailer' | 'done' = 'size';
  private remaining = 0;
  private line: Buffer = Buffer.alloc(0);

  /** With `hashing`, what was sealed is remembered for verification. */
  constructor(private readonly options: { readonly hashing: boolean } = { hashing: false }) {}

  /** Chunks and trailers that ended since the last call. */
  takeSealed(): readonly SealedPiece[] {
    return this.sealed.splice(0);
  }

  /** The payload in a piece of the body. */
  push(piece: Buffer): Buffer[] {
    const payload: Buffer[] = [];
    for (let at = 0; at < piece.length && this.state !== 'done'; ) {
      at = this.state === 'data' ? this.takeData(piece, at, payload) : this.takeLine(piece, at);
    }
    return payload;
  }

  /** Throws unless the body came to its end. */
  end(): void {
    if (this.state !== 'done') throw broken(`it ends in the middle of a ${this.state === 'size' ? 'chunk header' : this.state}`);
  }

  private takeData(piece: Buffer, at: number, payload: Buffer[]): number {
    const end = Math.min(piece.length, at + this.remaining);
    payload.push(piece.subarray(at, end));
    this.hash?.update(piece.subarray(at, end));
    this.remaining -= end - at;
    if (this.remaining === 0) this.sealChunk('data-end');
    return end;
  }

  private takeLine(piece: Buffer, at: number): number {
    const newline = piece.indexOf(LF, at);
    const end = newline < 0 ? piece.length : newline + 1;
    this.line = this.line.length === 0 ? piece.subarray(at, end) : Buffer.concat([this.line, piece.subarray(at, end)]);
    if (this.line.length > MAX_LINE_BYTES) throw broken(`a line is longer than ${MAX_LINE_BYTES} bytes`);
    if (newline < 0) return end;
    const bare = this.line.at(-2) === CR ? this.line.subarray(0, -2) : this.line.subarray(0, -1);
    this.line = Buffer.alloc(0);
    this.finishLine(bare.toString('latin1'));
    return end;
  }

  private finishLine(text: string): void {
    if (this.state === 'size') this.startChunk(text);
    else if (this.state === 'trailer') this.addTrailer(text);
    else if (text === '') this.state = 'size';
    else throw broken('a chunk is longer than its header says');
  }

  private startChunk(header: string): void {
    const size = /^([0-9a-fA-F]{1,12})(?:;.*)?$/.exec(header)?.[1];
    if (size === undefined) throw broken(`${JSON.stringify(header.slice(0, 40))} is no chunk size`);
    this.remaining = Number.parseInt(size, 16);
    this.signature = /;chunk-signature=([0-9a-f]{64})$/.exec(header)?.[1] ?? '';
    this.hash = this.options.hashing ? createHash('sha256') : undefined;
    if (this.remaining === 0) this.sealChunk('trailer');
    else this.state = 'data';
  }

  private sealChunk(next: 'data-end' | 'trailer'): void {
    this.state = next;
    if (this.hash) this.sealed.push({ kind: 'chunk', signature: this.signature, hash: this.hash.digest('hex') });
    this.hash = undefined;
  }

  /** Trailers are signed as lines of their own, without the signature itself. */
  private sealTrailers(): void {
    const signature = this.trailers.get(TRAILER_SIGNATURE);
    if (!this.options.hashing || (this.trailers.size === 0 && signature === undefined)) return;
    const signed = [...this.trailers].filter(([name]) => name !== TRAILER_SIGNATURE).map(([name, value]) => `${name}:${value}\n`);
    this.sealed.push({ kind: 'trailers', signature: signature ?? '', hash: createHash('sha256').update(signed.join('')).digest('hex') });
  }

  private addTrailer(text: string): void {
    if (text === '') {
      this.sealTrailers();
      this.state = 'done';
      return;
    }
    const colon = text.indexOf(':');
    if (colon < 1) throw broken(`${JSON.stringify(text.slice(0, 40))} is no trailer`);
    this.trailers.set(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim());
  }
}

/** Follows the chain of signatures through a body. */
class Chain {
  private previous: string;

  constructor(private readonly signatures: ChunkSignatures) {
    this.previous = signatures.seed;
  }

  async check({ kind, signature, hash }: SealedPiece): Promise<void> {
    const { signatures, previous } = this;
    const expected = kind === 'chunk' ? await signatures.ofChunk(previous, hash) : await signatures.ofTrailers(previous, hash);
    if (!isSameSignature(signature, expected))
      throw signatureDoesNotMatch(kind === 'chunk' ? 'a chunk of the body' : "the body's trailers");
    this.previous = expected;
  }
}

/** Takes as long for a near miss as for any other. */
const isSameSignature = (received: string, expected: string): boolean =>
  received.length === expected.length && timingSafeEqual(Buffer.from(received), Buffer.from(expected));

/** The payload of a whole aws-chunked body; with signatures, it ends with an error unless every one of them is right. */
export async function* decodeAwsChunked(
  body: AsyncIterable<Buffer>,
  decoder: AwsChunkedDecoder,
  signatures?: ChunkSignatures,
): AsyncGenerator<Buffer> {
  const chain = signatures && new Chain(signatures);
  for await (const piece of body) {
    yield* decoder.push(piece);
    if (chain) for (const sealed of decoder.takeSealed()) await chain.check(sealed);
  }
  decoder.end();
}
