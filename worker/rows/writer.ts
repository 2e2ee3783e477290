import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { stringify } from 'csv-stringify/sync';
import { compressionOf } from '../../core/output';
import { Engine, literal } from '../engine';
import { CodeFailure } from '../failures';
import { columnsOf, propertiesOf, sqlType } from '../schema/columns';
import { copyStatement, partFile } from '../sql/copy';
import type { ChunkWork } from '../work';

type Row = Readonly<Record<string, unknown>>;

/** Rows are turned into text and written in lots, so that each costs little. */
const LOT_ROWS = 2000;

/** Writes a chunk's part from rows that arrive one by one. Parquet goes through JSON lines: no writer in JavaScript is faster. */
export class RowWriter {
  private lot: Row[] = [];
  private columns: readonly string[];
  rows = 0;

  private constructor(
    private readonly work: ChunkWork,
    private readonly file: string,
    private readonly handle: FileHandle,
  ) {
    this.columns = Object.keys(propertiesOf(work.config.schemas.output));
  }

  static async open(work: ChunkWork): Promise<RowWriter> {
    const file = path.join(work.scratch, 'rows.txt');
    return new RowWriter(work, file, await open(file, 'w'));
  }

  /** Takes a row; awaits only when a lot is full. */
  add(row: Row): Promise<void> | undefined {
    this.lot.push(row);
    return this.lot.length >= LOT_ROWS ? this.flush() : undefined;
  }

  /** Finishes the part and answers its file; undefined when there is no row and so nothing to say about columns. */
  async finish(): Promise<string | undefined> {
    await this.flush();
    await this.handle.close();
    if (this.rows === 0) return undefined;
    const part = path.join(this.work.scratch, partFile(this.work.config.spec.output));
    return this.work.config.spec.output.format === 'parquet' ? this.toParquet(part) : this.compressed(part);
  }

  /** Gives the file up after a failure. */
  async abandon(): Promise<void> {
    await this.handle.close();
  }

  private async flush(): Promise<void> {
    if (this.lot.length === 0) return;
    const rows = this.lot;
    this.lot = [];
    await this.handle.appendFile(this.work.config.spec.output.format === 'csv' ? this.csv(rows) : jsonLines(rows));
    this.rows += rows.length;
  }

  private csv(rows: readonly Row[]): string {
    if (this.columns.length === 0) this.columns = Object.keys(rows[0] ?? {});
    for (const row of rows) this.checkColumns(row);
    const lone = this.columns.length === 1;
    return stringify([...rows], {
      columns: [...this.columns],
      header: this.rows === 0,
      escape_formulas: true,
      // An empty line would be no record.
      quoted: lone,
      quoted_empty: lone,
      cast: { boolean: String, date: (date) => date.toISOString() },
    });
  }

  private checkColumns(row: Row): void {
    const unknown = Object.keys(row).find((name) => !this.columns.includes(name));
    if (unknown === undefined) return;
    throw new CodeFailure(
      `the processor wrote a column ${JSON.stringify(unknown)}, the columns of this CSV are: ${this.columns.join(', ')}`,
      'name all columns in output.schema, or write the same columns for every record',
    );
  }

  private async toParquet(part: string): Promise<string> {
    const { scratch, profile, config } = this.work;
    const engine = await Engine.open(scratch, profile);
    try {
      const rows = `SELECT * FROM read_json(${literal(this.file)}, ${this.jsonTypes()}, format = 'newline_delimited')`;
      await engine.copy(await copyStatement(engine, rows, { output: config.spec.output, file: part }));
      return part;
    } finally {
      engine.close();
    }
  }

  private jsonTypes(): string {
    const { output } = this.work.config.schemas;
    const columns = columnsOf(this.columns, output).map((column) => `${literal(column.name)}: ${literal(sqlType(column))}`);
    return columns.length > 0 ? `columns = {${columns.join(', ')}}` : 'sample_size = -1';
  }

  private async compressed(part: string): Promise<string> {
    if (compressionOf(this.work.config.spec.output) !== 'gzip') return this.file;
    await pipeline(createReadStream(this.file), createGzip(), createWriteStream(part));
    return part;
  }
}

const jsonLines = (rows: readonly Row[]): string => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
