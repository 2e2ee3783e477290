import { appendFile } from 'node:fs/promises';
import { MIB } from '../../../core/units';
import type { Engine } from '../../engine';
import type { PartFile } from '../../work';

export type Row = Readonly<Record<string, unknown>>;

/** A row, or its JSON where that is at hand, in one line: most formats need no value of it. */
export type Written = Row | string;

/** The value of a row. */
export const rowOf = (written: Written): Row => (typeof written === 'string' ? (JSON.parse(written) as Row) : written);

/** Takes the rows of a chunk one by one and makes its parts of them. */
export interface Sink {
  /** Takes a row; awaits only when a lot is full. */
  add(row: Written): Promise<void> | undefined;
  /** Finishes the parts; none where there was no row and so nothing to say about columns. */
  finish(): Promise<readonly PartFile[]>;
}

/** Answers the engine of a chunk's sinks, which is opened when first asked for. */
export type UseEngine = () => Promise<Engine>;

/** How rows become a file of one format. */
export interface FileFormat {
  /** Rows that are encoded at once. @default LOT_ROWS */
  readonly lotRows?: number;
  /** The rows as they stand in the file, behind those before; `first` where there are none. */
  encode(rows: readonly Written[], first: boolean): string | Buffer | Promise<Buffer>;
  /** Takes back what `encode` answered, once it is written. */
  giveBack?(bytes: Buffer): void;
  /** Makes the part of all that was encoded into a file, and answers the part's own file. */
  finish(file: string): Promise<string>;
}

/** Rows are turned into text in lots, so that each costs little. */
export const LOT_ROWS = 2000;
/** And written when so much has gathered. */
const WRITE_BYTES = MIB;

/** One file of one format. It is opened for each write alone, so any number of these may be in use at once. */
export class FileSink implements Sink {
  private lot: Written[] = [];
  private rows = 0;
  private readonly lotRows: number;
  private gathered: Buffer[] = [];
  private gatheredBytes = 0;

  constructor(
    private readonly format: FileFormat,
    private readonly file: string,
  ) {
    this.lotRows = format.lotRows ?? LOT_ROWS;
  }

  add(row: Written): Promise<void> | undefined {
    this.lot.push(row);
    return this.lot.length >= this.lotRows ? this.encode() : undefined;
  }

  async finish(): Promise<readonly PartFile[]> {
    await this.flush();
    return this.rows === 0 ? [] : [{ file: await this.format.finish(this.file), rows: this.rows }];
  }

  /** Writes what waits in memory. */
  async flush(): Promise<void> {
    if (this.lot.length > 0) await this.encode();
    if (this.gatheredBytes > 0) await this.write();
  }

  private encode(): Promise<void> | undefined {
    const rows = this.lot;
    this.lot = [];
    const text = this.format.encode(rows, this.rows === 0);
    this.rows += rows.length;
    return text instanceof Promise ? text.then((bytes) => this.gather(bytes)) : this.gather(text);
  }

  private gather(text: string | Buffer): Promise<void> | undefined {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    const last = this.gathered.at(-1);
    if (last && isBehind(bytes, last)) this.gathered[this.gathered.length - 1] = joined(last, bytes);
    else this.gathered.push(bytes);
    this.gatheredBytes += bytes.length;
    return this.gatheredBytes >= WRITE_BYTES ? this.write() : undefined;
  }

  private async write(): Promise<void> {
    const pieces = this.gathered;
    this.gathered = [];
    this.gatheredBytes = 0;
    for (const piece of pieces) {
      await appendFile(this.file, piece);
      this.format.giveBack?.(piece);
    }
  }
}

/** Whether bytes lie in memory right behind others. */
const isBehind = (bytes: Buffer, last: Buffer): boolean =>
  bytes.buffer === last.buffer && bytes.byteOffset === last.byteOffset + last.length;

const joined = (first: Buffer, second: Buffer): Buffer => Buffer.from(first.buffer, first.byteOffset, first.length + second.length);
