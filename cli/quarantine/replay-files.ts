import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { stringify } from 'csv-stringify/sync';
import { readBeginning } from '../../adapters/beginning';
import type { ObjectStore } from '../../adapters/ports';
import { type QuarantinedRecord, rawBytesOf } from '../../core/contracts';
import { dialectOf } from '../../core/records';
import type { JobSpec } from '../../core/spec/schema';
import { UsageError } from '../errors';

export interface ReplaySource {
  readonly runId: string;
  readonly spec: JobSpec;
  readonly records: AsyncIterable<QuarantinedRecord>;
  /** Where the records came from, for the headers of their files. */
  readonly openBucket: (bucket: string) => ObjectStore;
  /** Where the files are written; created. */
  readonly folder: string;
}

export interface ReplayFiles {
  readonly paths: readonly string[];
  readonly records: number;
}

/** Records that a new run is to be over, as files of the job's own format: one for each header that they stood below. */
export async function writeReplayFiles(source: ReplaySource): Promise<ReplayFiles> {
  const { format } = source.spec.input;
  if (!['csv', 'tsv', 'jsonl', 'parquet'].includes(format)) {
    throw new UsageError(
      `records of ${format} cannot be replayed, allowed: csv, tsv, jsonl, parquet; export them and write a file of your own`,
    );
  }
  mkdirSync(source.folder, { recursive: true });
  const texts = await writeTexts(source);
  if (texts.records === 0) throw new UsageError(`${source.runId} has no quarantined records`);
  return format === 'parquet' ? { ...texts, paths: await Promise.all(texts.paths.map(toParquet)) } : texts;
}

/** Lines of each file, below its header where it has one. */
async function writeTexts(source: ReplaySource): Promise<ReplayFiles> {
  const { runId, spec, folder } = source;
  const ending = spec.input.format === 'parquet' ? 'jsonl' : spec.input.format;
  const files = new Map<string, string>();
  const headers = new HeaderReader(source);
  let records = 0;
  for await (const record of source.records) {
    checkWhole(record);
    const header = await headers.of(record);
    const file = files.get(header) ?? path.join(folder, `replay-${runId}-${files.size}.${ending}`);
    if (!files.has(header)) writeFileSync(file, header);
    files.set(header, file);
    appendFileSync(file, Buffer.concat([rawBytesOf(record), Buffer.from('\n')]));
    records++;
  }
  return { paths: [...files.values()], records };
}

function checkWhole({ truncated, key, offset }: QuarantinedRecord): void {
  if (!truncated) return;
  throw new UsageError(`the record at offset ${offset} of ${key} was too long to be kept whole: cut it out of the file by hand`);
}

/** The header line of each object, read once. */
class HeaderReader {
  private readonly known = new Map<string, string>();

  constructor(private readonly source: ReplaySource) {}

  async of({ bucket, key, versionId }: QuarantinedRecord): Promise<string> {
    const dialect = dialectOf(this.source.spec.input);
    if (!dialect?.header) return '';
    const id = JSON.stringify([bucket, key, versionId]);
    const known = this.known.get(id);
    if (known !== undefined) return known;
    const store = this.source.openBucket(bucket);
    const head = await store.head(key, versionId);
    if (!head) throw new UsageError(`s3://${bucket}/${key} has no version ${versionId} any more, so its header is unknown`);
    const { header = [] } = await readBeginning(store, head, this.source.spec.input);
    const line = stringify([header], {
      delimiter: dialect.delimiter,
      quote: dialect.quote,
      escape: dialect.escape,
      record_delimiter: 'unix',
    });
    this.known.set(id, line);
    return line;
  }
}

/** Rows were kept as JSON; types are those that DuckDB finds in all of them. */
async function toParquet(file: string): Promise<string> {
  const target = file.replace(/\.jsonl$/, '.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
    await connection.run(`COPY (FROM read_json(${quoted(file)}, format = 'newline_delimited', sample_size = -1)) TO ${quoted(target)}`);
    return target;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
