import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { collect } from '../../adapters/concurrency';
import { readJson } from '../../adapters/json';
import { Marker } from '../../core/contracts';
import { markersPrefix } from '../../core/keys';
import { runTask } from '../../worker/task';
import { stopwatch } from './stopwatch';
import { openStores } from './stores';

/**
 * The worker's own flow in a process of its own: `one-task.ts <folder> <run id> <jobs folder>`. Prints seconds, the memory
 * after every chunk, and what the markers say. The clock stands still while the process starts, as it does for all subjects.
 */
const [folder = '', runId = '', jobsFolder = ''] = process.argv.slice(2);

async function main(): Promise<void> {
  const stores = openStores(folder, process.env.AWS_ENDPOINT_URL);
  const scratch = mkdtempSync(path.join(folder, 'scratch-'));
  const rss: number[] = [];
  const log = (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    if (event === 'chunk committed') rss.push(process.memoryUsage.rss());
    if (event === 'chunk failed') console.error(event, fields);
  };
  const spent = stopwatch();
  const code = await runTask(
    { runId, round: 0, array: 0, jobId: 'bench', index: 0, attempt: 1 },
    {
      ...stores,
      log,
      signal: new AbortController().signal,
      scratch,
      jobsFolder,
      childEnvironment: { PATH: process.env.PATH ?? '' },
      now: () => new Date(),
    },
  );
  const measured = spent();
  rmSync(scratch, { recursive: true });
  const keys = await collect(stores.state.list(markersPrefix(runId)));
  const markers = await Promise.all(keys.map(({ key }) => readJson(stores.state, key, Marker)));
  const work = markers.map(({ counts, seconds, bytes, measures }) => ({ counts, seconds, bytes, measures }));
  console.log(JSON.stringify({ ...measured, code, rss, markers: work }));
}

void main();
