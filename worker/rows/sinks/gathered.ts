import { appendFile } from 'node:fs/promises';
import { MIB } from '../../../core/units';

/** Written when so much has gathered. */
const WRITE_BYTES = MIB;

/** Bytes on their way to the end of a file. It is opened for each write alone, so any number of these may be in use at once. */
export class Gathered {
  private pieces: Buffer[] = [];
  private length = 0;

  /** `giveBack` is told of bytes that are written and wanted no more. */
  constructor(
    private readonly file: string,
    private readonly giveBack?: (bytes: Buffer) => void,
  ) {}

  /** Takes bytes; a promise where they must be written first. */
  add(bytes: Buffer): Promise<void> | undefined {
    const last = this.pieces.at(-1);
    if (last && isBehind(bytes, last)) this.pieces[this.pieces.length - 1] = joined(last, bytes);
    else this.pieces.push(bytes);
    this.length += bytes.length;
    return this.length >= WRITE_BYTES ? this.write() : undefined;
  }

  /** Writes what waits in memory. */
  async write(): Promise<void> {
    const { pieces } = this;
    this.pieces = [];
    this.length = 0;
    for (const piece of pieces) {
      await appendFile(this.file, piece);
      this.giveBack?.(piece);
    }
  }
}

/** Whether bytes lie in memory right behind others. */
const isBehind = (bytes: Buffer, last: Buffer): boolean =>
  bytes.buffer === last.buffer && bytes.byteOffset === last.byteOffset + last.length;

const joined = (first: Buffer, second: Buffer): Buffer => Buffer.from(first.buffer, first.byteOffset, first.length + second.length);
