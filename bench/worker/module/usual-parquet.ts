import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { fileWriter, parquetWriteRows } from 'hyparquet-writer';
import { stopwatch } from '../stopwatch';
import { cleaned, type Flight } from './flight';

/** The best Parquet writer in plain JavaScript, `usual-parquet.ts <csv> <parquet>`: csv-parse as a stream, the function, hyparquet-writer. */
const [input = '', output = ''] = process.argv.slice(2);

const COLUMNS = [
  { name: 'date', type: 'STRING' },
  { name: 'route', type: 'STRING' },
  { name: 'distance_km', type: 'INT32' },
  { name: 'delay', type: 'INT32' },
  { name: 'late', type: 'BOOLEAN' },
  { name: 'origin', type: 'STRING' },
  { name: 'destination', type: 'STRING' },
] as const;
/** About as many as DuckDB puts into one. */
const ROWS_PER_GROUP = 120_000;

async function* rows() {
  for await (const flight of createReadStream(input).pipe(parse({ columns: true }))) {
    const row = cleaned(flight as Flight);
    if (row !== null) yield row;
  }
}

async function main(): Promise<void> {
  const spent = stopwatch();
  await parquetWriteRows({ writer: fileWriter(output), rows: rows(), columns: [...COLUMNS], rowGroupSize: ROWS_PER_GROUP });
  console.log(JSON.stringify(spent()));
}

void main();
