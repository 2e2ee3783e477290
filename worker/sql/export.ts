import path from 'node:path';
import type { Engine } from '../engine';
import type { ChunkWork, PartFile } from '../work';
import { writeAvro } from './avro';
import { copyStatement } from './copy';
import { splitStage, stageSorted } from './partitions';
import { typedQuery } from './typed';

/** A query's rows, out of the engine. */
export interface Exported {
  readonly written: number;
  /** Makes the parts of them. It runs statements of its own, so it comes after the query's profile was read. */
  finish(): Promise<readonly PartFile[]>;
}

/** Runs a query in one statement, the engine's last one until `finish`. */
export async function exportRows(engine: Engine, query: string, work: ChunkWork): Promise<Exported> {
  const { output } = work.config.spec;
  const typed = await typedQuery(engine, query, work.config);
  const file = path.join(work.scratch, 'part');
  if (!output.partitionBy) return writeFile(engine, typed, { work, file });
  const stage = await stageSorted(engine, typed, { columns: output.partitionBy, file: `${file}.stage` });
  return {
    written: stage.rows,
    finish: () =>
      splitStage(engine, stage, { work, write: (rows, partition) => onePart(engine, rows, { work, file: `${file}-${partition}` }) }),
  };
}

interface Target {
  readonly work: ChunkWork;
  readonly file: string;
}

async function writeFile(engine: Engine, query: string, { work, file }: Target): Promise<Exported> {
  const { output } = work.config.spec;
  if (output.format === 'avro') return writeAvro(engine, query, { work, file });
  const written = await engine.copy(await copyStatement(engine, query, { output, file }));
  return { written, finish: async () => [{ file, rows: written }] };
}

async function onePart(engine: Engine, query: string, target: Target): Promise<readonly PartFile[]> {
  return (await writeFile(engine, query, target)).finish();
}
