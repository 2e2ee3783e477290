import { historyPrefix } from '../core/keys';
import { HistoryRecord } from '../core/plan/sizing';
import { mapConcurrently } from './concurrency';
import { readJson } from './json';
import type { ObjectStore } from './ports';

/** Some runs failed or were too short to tell anything, so more are read than sizing looks at. */
const RUNS_READ = 30;
const READS_AT_ONCE = 10;

/** The newest records of a job's past runs. */
export async function pastRuns(state: ObjectStore, job: string): Promise<readonly HistoryRecord[]> {
  const keys: string[] = [];
  for await (const { key } of state.list(historyPrefix(job))) {
    if (keys.push(key) === RUNS_READ) break;
  }
  return mapConcurrently(keys, READS_AT_ONCE, (key) => readJson(state, key, HistoryRecord));
}
