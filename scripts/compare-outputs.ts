import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { parse, stringify } from 'yaml';
import type { Report } from '../core/report/report-contract';
import { JobSpec } from '../core/spec/schema';

/**
 * Runs an SQL job over a file with a chunk size of your choice, and compares what was published, row for row, with what
 * DuckDB makes of the whole file in one process. Prints both counts, both differences and how many chunks were read
 * again; exits 1 when a row differs.
 */

const ROOT = path.join(__dirname, '..');

const { values } = parseArgs({
  options: {
    job: { type: 'string', default: 'quoted' },
    jobs: { type: 'string', default: 'test/whole/jobs-quoted' },
    file: { type: 'string', default: 'quoted.csv' },
    chunk: { type: 'string', default: '1MiB' },
    keep: { type: 'boolean', default: false },
  },
});

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

interface Job {
  readonly folder: string;
  readonly spec: JobSpec;
  readonly types: Readonly<Record<string, string>>;
}

/** A copy of the jobs folder in which the job's chunks have the wanted size, and nothing else is deployed. */
function jobWithChunks(base: string): Job {
  const folder = path.join(base, 'jobs');
  const name = `${values.job}.yaml`;
  const from = path.resolve(ROOT, values.jobs);
  cpSync(from, folder, { recursive: true, filter: (file) => !/\.ya?ml$/.test(file) || path.basename(file) === name });
  const spec = JobSpec.parse({ ...parse(readFileSync(path.join(folder, name), 'utf8')), chunk: { bytes: values.chunk } });
  const given = parse(readFileSync(path.join(folder, name), 'utf8')) as object;
  writeFileSync(path.join(folder, name), stringify({ ...given, chunk: { bytes: values.chunk } }));
  return { folder, spec, types: typesOf(folder, spec) };
}

const SQL_TYPES: Readonly<Record<string, string>> = { integer: 'BIGINT', number: 'DOUBLE', boolean: 'BOOLEAN' };

/** Column types by name, from the job's JSON Schema. */
function typesOf(folder: string, { input }: JobSpec): Record<string, string> {
  if (!input.schema) return {};
  const schema = JSON.parse(readFileSync(path.join(folder, input.schema), 'utf8')) as {
    properties: Record<string, { type: string; format?: string }>;
  };
  const typeOf = ({ type, format }: { type: string; format?: string }): string =>
    SQL_TYPES[type] ?? (format === 'date-time' ? 'TIMESTAMP' : format === 'date' ? 'DATE' : 'VARCHAR');
  return Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, typeOf(property)]));
}

/** Runs the job as anybody would; answers its report. */
function run(job: Job, base: string): Promise<Report> {
  const given = ['run', job.spec.name, path.resolve(values.file), '--jobs', job.folder, '--state', path.join(base, 'state')];
  const child = spawn(process.execPath, ['cli/batchwright.js', ...given, '--json'], { cwd: ROOT });
  let stdout = '';
  child.stdout.on('data', (piece) => {
    stdout += piece;
  });
  child.stderr.pipe(process.stderr);
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(stdout) as Report);
      else reject(new Error(`the run ended with exit code ${code}: ${stdout.slice(0, 2000)}`));
    });
  });
}

/** The whole file as one table, read by DuckDB alone; one thread, so that no boundary is ever guessed. */
async function createInput(connection: DuckDBConnection, { spec, types }: Job): Promise<void> {
  const dialect = spec.input.csv ?? { delimiter: ',', quote: '"', escape: '"', header: true };
  const delimiter = spec.input.format === 'tsv' ? '\t' : dialect.delimiter;
  const read = `read_csv(${literal(path.resolve(values.file))}, header = ${dialect.header}, all_varchar = true, parallel = false,
    delim = ${literal(delimiter)}, quote = ${literal(dialect.quote)}, escape = ${literal(dialect.escape)}, max_line_size = 16777216)`;
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${read}`);
  const names = described.getRows().map(([name]) => String(name));
  const columns = names.map((name) => `CAST(${identifier(name)} AS ${types[name] ?? 'VARCHAR'}) AS ${identifier(name)}`);
  await connection.run(`CREATE TABLE input AS SELECT ${columns.join(', ')} FROM ${read}`);
}

async function count(connection: DuckDBConnection, sql: string): Promise<number> {
  return Number((await connection.runAndReadAll(`SELECT count(*) FROM (${sql})`)).getRows()[0]?.[0]);
}

async function compare(job: Job, report: Report): Promise<number> {
  const { process: processing, output } = job.spec;
  if (!('sql' in processing) || output.format !== 'parquet') throw new Error(`${job.spec.name} is no SQL job that writes Parquet`);
  const connection = await (await DuckDBInstance.create()).connect();
  await createInput(connection, job);
  await connection.run(`CREATE TABLE expected AS ${processing.sql}`);
  const parts = literal(path.join(report.output.localPath ?? '', 'part-*.parquet'));
  await connection.run(`CREATE TABLE published AS FROM read_parquet(${parts})`);
  const result = {
    file: values.file,
    chunkBytes: job.spec.chunk.bytes,
    read: report.records.read,
    quarantined: report.records.quarantined,
    expected: await count(connection, 'FROM expected'),
    published: await count(connection, 'FROM published'),
    missing: await count(connection, 'FROM expected EXCEPT ALL FROM published'),
    unexpected: await count(connection, 'FROM published EXCEPT ALL FROM expected'),
    chunks: report.chunks,
    rounds: report.rounds.length,
    verdict: report.reconciliation.verdict,
  };
  console.log(JSON.stringify(result, null, 2));
  return result.missing === 0 && result.unexpected === 0 && result.expected === result.published ? 0 : 1;
}

async function main(): Promise<number> {
  const base = mkdtempSync(path.join(os.tmpdir(), 'batchwright-compare-'));
  try {
    const job = jobWithChunks(base);
    return await compare(job, await run(job, base));
  } finally {
    if (values.keep) console.error(`kept: ${base}`);
    else rmSync(base, { recursive: true, force: true });
  }
}

main().then((code) => {
  process.exitCode = code;
});
