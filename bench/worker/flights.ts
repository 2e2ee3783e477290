import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const MB = 1e6;
const LINE_FEED = 10;
const PARQUET = path.join('node_modules', 'vega-datasets', 'data', 'flights-3m.parquet');

/** Three million flights as CSV, repeated until the file has this many megabytes: one header, whole records. */
export async function writeFlights(file: string, mb: number): Promise<void> {
  const once = `${file}.once`;
  await runSql(`COPY (FROM read_parquet('${PARQUET}')) TO '${once}' (FORMAT csv, HEADER)`);
  const bytes = readFileSync(once);
  rmSync(once);
  const header = bytes.indexOf(LINE_FEED) + 1;
  const body = bytes.subarray(header);
  const out = openSync(file, 'w');
  try {
    let left = mb * MB - writeSync(out, bytes.subarray(0, header));
    for (; left >= body.length; left -= body.length) writeSync(out, body);
    writeSync(out, body.subarray(0, body.lastIndexOf(LINE_FEED, left) + 1));
  } finally {
    closeSync(out);
  }
}

async function runSql(statement: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
}
