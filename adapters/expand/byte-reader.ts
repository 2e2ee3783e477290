import { CutStreamError } from './errors';

/** Takes exact numbers of bytes from pieces of any size, holding no more than the piece it is in. */
export class ByteReader {
  private readonly pieces: AsyncIterator<Buffer>;
  private held: Buffer = Buffer.alloc(0);
  /** Bytes taken so far. */
  position = 0;

  constructor(pieces: AsyncIterable<Buffer>) {
    this.pieces = pieces[Symbol.asyncIterator]();
  }

  /** Whether nothing is left. */
  async atEnd(): Promise<boolean> {
    return (await this.hold(1)) === 0;
  }

  /** Exactly `length` bytes; `where` says what they belong to, for the error when there are fewer. */
  async take(length: number, where: string): Promise<Buffer> {
    if ((await this.hold(length)) < length) throw new CutStreamError(`in ${where}, after byte ${this.position + this.held.length}`);
    return this.release(length);
  }

  /** Leaves `length` bytes out without holding them. */
  async skip(length: number, where: string): Promise<void> {
    for (let left = length; left > 0; ) {
      if (await this.atEnd()) throw new CutStreamError(`in ${where}, after byte ${this.position}`);
      left -= this.release(Math.min(left, this.held.length)).length;
    }
  }

  /** The next `length` bytes, or all that are left, without taking them. */
  async peek(length: number): Promise<Buffer> {
    await this.hold(length);
    return this.held;
  }

  release(length: number): Buffer {
    const taken = this.held.subarray(0, length);
    this.held = this.held.subarray(length);
    this.position += length;
    return taken;
  }

  /** Gathers at least so many bytes, where there are; answers how many are held. */
  private async hold(length: number): Promise<number> {
    if (this.held.length >= length) return this.held.length;
    const parts = [this.held];
    let total = this.held.length;
    while (total < length) {
      const next = await this.pieces.next();
      if (next.done) break;
      parts.push(next.value);
      total += next.value.length;
    }
    this.held = parts.length === 1 ? this.held : Buffer.concat(parts, total);
    return total;
  }
}
