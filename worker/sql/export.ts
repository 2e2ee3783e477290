import path from 'node:path';
import type { PartColumn } from '../../core/work/part-columns';
import { type Engine, literal } from '../engine';
import { evaluate, looksAtRows } from '../quality/evaluate';
import type { ChunkWork, Outcome, PartFile } from '../work';
import { writeAvro } from './avro';
import { copyStatement } from './copy';
import { type Stage, splitStage, stageRows } from './partitions';
import { typedQuery } from './typed';

/** A query's rows in one file or, where they are still to be spread or looked at, in a stage. */
export interface Exported {
  readonly rows: number;
  /** Makes the parts of them. It runs statements of its own, so it comes after the query's profile was read. */
  finish(): Promise<Pick<Outcome, 'parts' | 'quality'>>;
}

/** Runs a query in one statement, the engine's last one until `finish`. */
export async function exportRows(engine: Engine, query: string, work: ChunkWork): Promise<Exported> {
  const { output } = work.config.spec;
  const typed = await typedQuery(engine, query, work.config);
  const file = path.join(work.scratch, 'part');
  const looks = looksAtRows(work);
  if (output.partitionBy || (looks && output.format !== 'parquet')) return throughStage(engine, typed, { work, file });
  const written = await writeFile(engine, typed, { work, file });
  return {
    rows: written.rows,
    finish: async () => {
      const parts = withColumns(await written.finish(), await engine.columns(writtenRows(typed, { work, file })));
      return { parts, ...(looks && written.rows > 0 && { quality: await evaluate(engine, `read_parquet(${literal(file)})`, work) }) };
    },
  };
}

/** Parquet says itself what it holds; of text the query does. */
const writtenRows = (query: string, { work, file }: Target): string =>
  work.config.spec.output.format === 'parquet' ? `SELECT * FROM read_parquet(${literal(file)})` : query;

/** What writes rows by a schema of its own knows better. */
const withColumns = (parts: readonly PartFile[], columns: readonly PartColumn[]): readonly PartFile[] =>
  parts.map((part) => ({ columns, ...part }));

interface Target {
  readonly work: ChunkWork;
  readonly file: string;
}

async function throughStage(engine: Engine, query: string, { work, file }: Target): Promise<Exported> {
  const stage = await stageRows(engine, query, { columns: work.config.spec.output.partitionBy ?? [], file: `${file}.stage` });
  const write = async (rows: string, partition: number): Promise<readonly PartFile[]> =>
    (await writeFile(engine, rows, { work, file: `${file}-${partition}` })).finish();
  return {
    rows: stage.rows,
    finish: async () => {
      const quality = looksAtRows(work) && stage.rows > 0 ? await evaluate(engine, stage.relation, work) : undefined;
      const columns = await engine.columns(`SELECT * FROM ${stage.relation}`);
      return { parts: withColumns(await partsOf(engine, stage, { work, write }), columns), ...(quality && { quality }) };
    },
  };
}

function partsOf(engine: Engine, stage: Stage, split: Parameters<typeof splitStage>[2]): Promise<readonly PartFile[]> {
  return stage.columns.length > 0 ? splitStage(engine, stage, split) : split.write(`SELECT * FROM ${stage.relation}`, 0);
}

interface WrittenFile {
  readonly rows: number;
  finish(): Promise<readonly PartFile[]>;
}

async function writeFile(engine: Engine, query: string, { work, file }: Target): Promise<WrittenFile> {
  const { output } = work.config.spec;
  if (output.format === 'avro') return writeAvro(engine, query, { work, file });
  const rows = await engine.copy(await copyStatement(engine, query, { output, file }));
  return { rows, finish: async () => [{ file, rows }] };
}
