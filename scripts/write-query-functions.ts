import { writeFileSync } from 'node:fs';
import { DuckDBInstance, version } from '@duckdb/node-api';
import { CATALOGUE_SQL, catalogueOf } from '../core/query/catalogue';
import { packCatalogue } from '../core/query/functions';

const FILE = 'core/query/functions.generated.ts';

/** Writes down DuckDB's functions, so that no check has to list them anew; run it when the version of DuckDB changes. */
async function main(): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' });
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(CATALOGUE_SQL)).getRowObjectsJson();
  const packed = packCatalogue(version(), catalogueOf(rows));
  writeFileSync(
    FILE,
    `/** Written by scripts/write-query-functions.ts from duckdb_functions(). */\nexport const FUNCTIONS = ${JSON.stringify(packed)};\n`,
  );
  connection.closeSync();
  instance.closeSync();
}

void main();
