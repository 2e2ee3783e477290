import type { Engine } from '../../engine';
import type { PartFile } from '../../work';
import type { Viewed } from '../line-buffer';

export type Row = Readonly<Record<string, unknown>>;

/** A row, or its JSON where that is at hand, in one line: most formats need no value of it. */
export type Written = Row | string;

/** The value of a row. */
export const rowOf = (written: Written): Row => (typeof written === 'string' ? (JSON.parse(written) as Row) : written);

/** Takes the rows of a chunk one by one and makes its parts of them. */
export interface Sink {
  /** Takes a row; awaits only when much has gathered, and then nothing may be added before. */
  add(row: Written): Promise<void> | undefined;
  /** Takes a row that stands as JSON, in one line, in bytes `[start, end)`, which are read at once. */
  addBytes(from: Viewed, start: number, end: number): Promise<void> | undefined;
  /** Finishes the parts; none where there was no row and so nothing to say about columns. */
  finish(): Promise<readonly PartFile[]>;
}

/** Answers the engine of a chunk's sinks, which is opened when first asked for. */
export type UseEngine = () => Promise<Engine>;

/** Makes the part of all that was written into a file, and answers the part's own file. */
export type Finish = (file: string) => Promise<string>;

/** How rows become a file of one format. */
export interface FileFormat {
  /** Rows that are encoded at once. @default LOT_ROWS */
  readonly lotRows?: number;
  /** The rows as they stand in the file, behind those before; `first` where there are none. */
  encode(rows: readonly Written[], first: boolean): string | Buffer | Promise<Buffer>;
  /** Takes back what `encode` answered, once it is written. */
  giveBack?(bytes: Buffer): void;
  readonly finish: Finish;
  /** Where the format is lines of JSON. */
  readonly isLines?: boolean;
}
