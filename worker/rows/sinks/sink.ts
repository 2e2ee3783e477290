import { appendFile } from 'node:fs/promises';
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
  /** The rows as they stand in the file, behind those before; `first` where there are none. */
  encode(rows: readonly Written[], first: boolean): string | Buffer | Promise<Buffer>;
  /** Makes the part of all that was encoded into a file, and answers the part's own file. */
  finish(file: string): Promise<string>;
}

/** Rows are turned into text and written in lots, so that each costs little. */
export const LOT_ROWS = 2000;

/** One file of one format. It is opened for each lot alone, so any number of these may be in use at once. */
export class FileSink implements Sink {
  private lot: Written[] = [];
  private rows = 0;

  constructor(
    private readonly format: FileFormat,
    private readonly file: string,
  ) {}

  add(row: Written): Promise<void> | undefined {
    this.lot.push(row);
    return this.lot.length >= LOT_ROWS ? this.flush() : undefined;
  }

  async finish(): Promise<readonly PartFile[]> {
    await this.flush();
    return this.rows === 0 ? [] : [{ file: await this.format.finish(this.file), rows: this.rows }];
  }

  /** Writes what waits in memory. */
  async flush(): Promise<void> {
    if (this.lot.length === 0) return;
    const rows = this.lot;
    this.lot = [];
    await appendFile(this.file, await this.format.encode(rows, this.rows === 0));
    this.rows += rows.length;
  }
}
