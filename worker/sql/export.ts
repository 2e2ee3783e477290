import path from 'node:path';
import type { Engine } from '../engine';
import type { ChunkWork, PartFile } from '../work';
import { copyStatement } from './copy';

/** A query's rows, out of the engine. */
export interface Exported {
  readonly written: number;
  /** Makes the parts of them. It runs statements of its own, so it comes after the query's profile was read. */
  finish(): Promise<readonly PartFile[]>;
}

/** Runs a query in one statement, the engine's last one until `finish`. */
export async function exportRows(engine: Engine, query: string, { config, scratch }: ChunkWork): Promise<Exported> {
  const file = path.join(scratch, 'part');
  const written = await engine.copy(await copyStatement(engine, query, { output: config.spec.output, file }));
  return { written, finish: async () => [{ file, rows: written }] };
}
