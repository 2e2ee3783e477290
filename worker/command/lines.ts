import { isUtf8 } from 'node:buffer';

const LINE_FEED = 10;

/** A line is longer than whoever reads it can hold. */
export class LongLineError extends Error {
  override readonly name = 'LongLineError';
  constructor(readonly limit: number) {
    super(`a line of more than ${limit} bytes`);
  }
}

/** Lines are not text. */
export class NotTextError extends Error {
  override readonly name = 'NotTextError';
  constructor() {
    super('bytes that are not UTF-8');
  }
}

/**
 * Whole lines out of pieces of bytes, many at a time. Only a line feed ends one: a line may hold all other
 * characters that some readers take for line breaks.
 */
export class LineSplitter {
  private pieces: Buffer[] = [];
  private held = 0;

  /** `limit` is in bytes. */
  constructor(private readonly limit: number) {}

  /** The lines that these bytes complete, each with its line feed, in runs of at least one; none where they complete none. */
  push(bytes: Buffer): readonly Buffer[] {
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    if (end === 0) {
      this.hold(bytes);
      return [];
    }
    const firstEnd = bytes.indexOf(LINE_FEED) + 1;
    this.checkLength(this.held + firstEnd - 1);
    // Only the line that was begun before is put together: to copy all the others would cost as much as to read them.
    const begun = this.held === 0 ? [] : [checked(this.release(bytes.subarray(0, firstEnd)))];
    const others = bytes.subarray(begun.length === 0 ? 0 : firstEnd, end);
    if (end < bytes.length) this.hold(bytes.subarray(end));
    return others.length === 0 ? begun : [...begun, checked(others)];
  }

  /** What is left when no more bytes come: a last line without a line feed, or nothing. */
  rest(): readonly Buffer[] {
    return this.held === 0 ? [] : [checked(this.release())];
  }

  private release(...more: readonly Buffer[]): Buffer {
    const whole = Buffer.concat([...this.pieces, ...more]);
    this.pieces = [];
    this.held = 0;
    return whole;
  }

  private hold(bytes: Buffer): void {
    this.pieces.push(bytes);
    this.held += bytes.length;
    this.checkLength(this.held);
  }

  private checkLength(bytes: number): void {
    if (bytes > this.limit) throw new LongLineError(this.limit);
  }
}

/** Decoding would put a sign in the place of what is no text, and nobody would know. */
function checked(bytes: Buffer): Buffer {
  if (!isUtf8(bytes)) throw new NotTextError();
  return bytes;
}
