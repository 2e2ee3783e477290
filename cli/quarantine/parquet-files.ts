import { rm } from 'node:fs/promises';
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { readParquetFooter } from '../../adapters/parquet';
import { readFooterBytes, writeSparse } from '../../adapters/sparse-parquet';
import { UsageError } from '../errors';
import { type ObjectRecords, recordsByObject } from './object-records';
import { openPinned, type PinnedObject } from './pinned-objects';
import type { ReplayFiles, ReplaySource } from './replay-files';

/** Files of Parquet, one for each set of columns: the rows as they are read from the object versions that they stand in. */
export async function writeParquetFiles(source: ReplaySource): Promise<ReplayFiles> {
  const objects = await recordsByObject(source.records);
  const instance = await DuckDBInstance.create(':memory:');
  const rows = new RowTables(await instance.connect(), source.folder);
  try {
    for (const object of objects) {
      const pinned = await openPinned(source.openBucket, object.ref, `its ${object.records.length} bad rows are lost`);
      await rows.add(object, pinned);
    }
    return await rows.write((index) => path.join(source.folder, `replay-${source.runId}-${index}.parquet`));
  } finally {
    rows.close();
    instance.closeSync();
  }
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Rows of several files, in one table for each set of columns. */
class RowTables {
  private readonly tables = new Map<string, string>();
  private records = 0;
  private copies = 0;

  constructor(
    private readonly connection: DuckDBConnection,
    private readonly folder: string,
  ) {}

  /** Takes the rows of one file; @throws `UsageError` where it has not all of them. */
  async add({ ref, records }: ObjectRecords, { store, head }: PinnedObject): Promise<void> {
    const { rowGroups } = await readParquetFooter(store, head);
    const footer = await readFooterBytes(store, head);
    const wanted = records.map(({ offset }) => offset).toSorted((a, b) => a - b);
    let [first, found] = [0, 0];
    for (const { start, end, rows } of rowGroups) {
      const range = { first, last: first + rows - 1 };
      const numbers = wanted.filter((row) => row >= range.first && row <= range.last);
      first += rows;
      if (numbers.length === 0) continue;
      const body = await store.read(head.key, { versionId: head.versionId, range: { start, end } });
      const pieces = [
        { at: start, bytes: body },
        { at: head.bytes - footer.length, bytes: footer },
      ];
      // The engine remembers what it read by name.
      const copy = path.join(this.folder, `rows-${this.copies++}`);
      await writeSparse(copy, head.bytes, pieces);
      found += await this.insert(copy, { ...range, numbers });
      await rm(copy);
    }
    if (found !== wanted.length)
      throw new UsageError(`${ref.key} has ${found} of its ${wanted.length} bad rows, the last is row ${wanted.at(-1)}`);
    this.records += found;
  }

  /** Writes every table to a file of its own. */
  async write(fileOf: (index: number) => string): Promise<ReplayFiles> {
    const paths: string[] = [];
    for (const table of this.tables.values()) {
      const file = fileOf(paths.length);
      await this.connection.run(`COPY ${table} TO ${literal(file)} (FORMAT parquet)`);
      paths.push(file);
    }
    return { paths, records: this.records };
  }

  close(): void {
    this.connection.closeSync();
  }

  /** The range tells the engine which row group to read: the copy holds no other. */
  private async insert(
    copy: string,
    rows: { readonly first: number; readonly last: number; readonly numbers: readonly number[] },
  ): Promise<number> {
    const rowsOfCopy = `read_parquet(${literal(copy)}, file_row_number = true)`;
    const table = await this.tableFor(copy);
    const inserted = await this.connection.run(`INSERT INTO ${table}
      SELECT * EXCLUDE (file_row_number) FROM ${rowsOfCopy}
      WHERE file_row_number BETWEEN ${rows.first} AND ${rows.last} AND file_row_number IN (${rows.numbers.join(', ')})
      ORDER BY file_row_number`);
    return inserted.rowsChanged;
  }
  /** The table of the columns that a file has. */
  private async tableFor(file: string): Promise<string> {
    const described = await this.connection.runAndReadAll(`DESCRIBE FROM read_parquet(${literal(file)})`);
    const columns = JSON.stringify(described.getRowsJson());
    const known = this.tables.get(columns);
    if (known) return known;
    const table = `rows_${this.tables.size}`;
    await this.connection.run(`CREATE TABLE ${table} AS FROM read_parquet(${literal(file)}) LIMIT 0`);
    this.tables.set(columns, table);
    return table;
  }
}
