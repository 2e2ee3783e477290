import { mkdirSync } from 'node:fs';
import type { ObjectRef, QuarantinedRecord } from '../../core/contracts';
import type { JobSpec } from '../../core/spec/schema';
import { UsageError } from '../errors';
import { writeAvroFiles } from './avro-files';
import { recordsByObject } from './object-records';
import { writeParquetFiles } from './parquet-files';
import { type OpenBucket, openPinned } from './pinned-objects';
import { writeTextFiles } from './text-files';

/** How the files will be read. */
export type ReplayInput = Pick<JobSpec['input'], 'format' | 'csv' | 'encoding'>;

export interface ReplaySource {
  readonly runId: string;
  readonly spec: { readonly input: ReplayInput };
  readonly records: AsyncIterable<QuarantinedRecord>;
  /** How the run read them. @default - as the spec says */
  readonly read?: Pick<ReplayInput, 'format' | 'encoding'>;
  /** Where the records came from. */
  readonly openBucket: OpenBucket;
  /** Where the files are written; created. */
  readonly folder: string;
}

/** What a new run is to be over. */
export interface ReplayFiles {
  readonly paths: readonly string[];
  readonly records: number;
  /** Where records are whole objects: these, as they are. */
  readonly objects?: readonly ObjectRef[];
}

const WRITERS: Readonly<Record<JobSpec['input']['format'], (source: ReplaySource) => Promise<ReplayFiles>>> = {
  csv: writeTextFiles,
  tsv: writeTextFiles,
  jsonl: writeTextFiles,
  parquet: writeParquetFiles,
  avro: writeAvroFiles,
  files: namedFiles,
};

/** Records that a new run is to be over, as files of the job's own format: one for each header or schema that they stood below. */
export async function writeReplayFiles(source: ReplaySource): Promise<ReplayFiles> {
  checkFormat(source);
  mkdirSync(source.folder, { recursive: true });
  const files = await WRITERS[source.spec.input.format](source);
  if (files.records === 0) throw new UsageError(`${source.runId} has no quarantined records`);
  return files;
}

const BINARY: readonly string[] = ['parquet', 'avro', 'files'];

/** Lines stay lines, whatever is made of them; rows and files are of one format for ever. */
function checkFormat({ runId, spec: { input }, read = input }: ReplaySource): void {
  if (read.format === input.format || ![read.format, input.format].some((format) => BINARY.includes(format))) return;
  throw new UsageError(`${runId} read ${read.format}, the job's input.format is ${input.format} now, expected ${read.format} to replay it`);
}

/** A bad file is processed again where it lies. */
async function namedFiles({ records, openBucket }: ReplaySource): Promise<ReplayFiles> {
  const objects = (await recordsByObject(records)).map(({ ref }) => ref);
  for (const ref of objects) await openPinned(openBucket, ref, 'it cannot be processed again');
  return { paths: [], records: objects.length, objects };
}
