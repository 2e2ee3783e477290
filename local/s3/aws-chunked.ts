import { S3Error } from './errors';

const CR = 0x0d;
const LF = 0x0a;
/** A size in hex with a chunk signature, or one trailer; anything longer is no aws-chunked body. */
const MAX_LINE_BYTES = 8 * 1024;

const broken = (why: string): S3Error => new S3Error('IncompleteBody', `The request body is not well-formed aws-chunked: ${why}`);

/**
 * Takes `aws-chunked` framing off a body, signed chunks and unsigned ones alike, without copying payload.
 * Signatures are not verified; trailers are kept under their lower-case names.
 */
export class AwsChunkedDecoder {
  readonly trailers = new Map<string, string>();
  private state: 'size' | 'data' | 'data-end' | 'trailer' | 'done' = 'size';
  private remaining = 0;
  private line: Buffer = Buffer.alloc(0);

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
    this.remaining -= end - at;
    if (this.remaining === 0) this.state = 'data-end';
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
    this.state = this.remaining === 0 ? 'trailer' : 'data';
  }

  private addTrailer(text: string): void {
    if (text === '') {
      this.state = 'done';
      return;
    }
    const colon = text.indexOf(':');
    if (colon < 1) throw broken(`${JSON.stringify(text.slice(0, 40))} is no trailer`);
    this.trailers.set(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim());
  }
}

/** The payload of a whole aws-chunked body. */
export async function* decodeAwsChunked(body: AsyncIterable<Buffer>, decoder: AwsChunkedDecoder): AsyncGenerator<Buffer> {
  for await (const piece of body) yield* decoder.push(piece);
  decoder.end();
}
