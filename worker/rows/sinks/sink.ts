import type { Engine } from '../../engine';
import type { PartFile } from '../../work';

export type Row = Readonly<Record<string, unknown>>;

/** A row, or its JSON where that is at hand, in one line: most formats need no value of it. */
export type Written = Row | string;

/** The value of a row. */
export const rowOf = (written: Written): Row => (typeof written === 'string' ? (JSON.parse(written) as Row) : written);

/** Takes the rows of a chunk one by one and makes its parts of them. */
export interface Sink {
  /** Takes a row; awaits only when much has gathered, and then nothing may be added before. */
  add(row: Written): Promise<void> | undefined;
  /** Takes rows as lines of JSON, whose bytes are read at once. */
  addLines(lines: Uint8Array, rows: number): Promise<void> | undefined;
  /** Finishes the parts; none where there was no row and so nothing to say about columns. */
  finish(): Promise<readonly PartFile[]>;
}

/** Answers the engine of a chunk's sinks, which is opened when first asked for. */
export type UseEngine = () => Promise<Engine>;

/** A part's own file, and its columns where they are known. */
export type FinishedFile = Pick<PartFile, 'file' | 'columns'>;

/** Makes the part of all that was written into a file. */
export type Finish = (file: string) => Promise<FinishedFile>;

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

/** The lines as texts, each without its line feed. */
export const linesIn = (lines: Uint8Array): readonly string[] =>
  Buffer.from(lines.buffer, lines.byteOffset, lines.length).toString('utf8').split('\n').slice(0, -1);

/** Adds rows one after the other, where a sink has no faster way. */
export async function addEach(sink: Pick<Sink, 'add'>, lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    const full = sink.add(line);
    if (full) await full;
  }
}
