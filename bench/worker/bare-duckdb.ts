import { DuckDBInstance } from '@duckdb/node-api';
import { stopwatch } from './stopwatch';

/** One thread of DuckDB and one statement: `bare-duckdb.ts <statement> <statement>…`; only the last one is timed. */
const statements = process.argv.slice(2);

async function main(): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  for (const statement of statements.slice(0, -1)) await connection.run(statement);
  const spent = stopwatch();
  await connection.run(statements.at(-1) ?? '');
  console.log(JSON.stringify(spent()));
}

void main();
