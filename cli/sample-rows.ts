import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** Some records of a published dataset, as text. */
export interface SampleRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const ROWS = 3;

const READERS: readonly { readonly ending: RegExp; readonly reader: string }[] = [
  { ending: /\.parquet$/, reader: 'read_parquet' },
  { ending: /\.jsonl(\.gz|\.zst)?$/, reader: 'read_json_auto' },
  { ending: /\.csv(\.gz|\.zst)?$/, reader: 'read_csv_auto' },
];

/** Reads the first rows back from the parts, with the tool that most readers will use; none where nothing is there to read. */
export async function readSampleRows(folder: string): Promise<SampleRows | undefined> {
  const parts = existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String).toSorted() : [];
  for (const part of parts) {
    const reader = READERS.find(({ ending }) => ending.test(part))?.reader;
    const sample = reader && (await query(`FROM ${reader}('${join(folder, part).replaceAll("'", "''")}') LIMIT ${ROWS}`));
    if (sample && sample.rows.length > 0) return sample;
  }
  return undefined;
}

async function query(sql: string): Promise<SampleRows> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return await rowsOf(connection, sql);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<SampleRows> {
  const reader = await connection.runAndReadAll(sql);
  const rows = reader.getRowsJson().map((row) => row.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))));
  return { columns: reader.columnNames(), rows };
}
