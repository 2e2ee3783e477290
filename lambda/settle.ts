import { z } from 'zod';
import { collect } from '../adapters/concurrency';
import { findJson, readJson } from '../adapters/json';
import { JobParameters, SubmittedJob, TaskToken } from '../core/contracts';
import { jobIdKey, tokensPrefix } from '../core/keys';
import { type Deps, toHandler } from './runtime';

/** A "Batch Job State Change" of an array's parent or a plain job; parameters are ours, put there by Submit. */
export const SettleInput = z.object({
  detail: z.object({ jobId: z.string(), status: z.enum(['SUCCEEDED', 'FAILED']), parameters: JobParameters }),
});

/** Step 3: wakes the run that waits for this array. It decides nothing: duplicates, strangers and late events change nothing. */
export async function settle(
  { detail }: z.infer<typeof SettleInput>,
  { state, executions, log }: Pick<Deps, 'state' | 'executions' | 'log'>,
) {
  const { jobId, status, parameters } = detail;
  const { runId, round, array } = parameters;
  // Another job under the same intent is a duplicate; an unrecorded one is looked after by Submit itself.
  const fenced = await findJson(state, jobIdKey(runId, round, array), SubmittedJob);
  if (fenced?.jobId !== jobId) {
    log.info('not the fenced job', { runId, round, array, jobId });
    return { woken: 0 };
  }
  const tokens = await collect(state.list(tokensPrefix(runId, round, array)));
  let woken = 0;
  for (const { key } of tokens) {
    const { token } = await readJson(state, key, TaskToken);
    if (await executions.succeed(token, { jobId, status })) woken++;
  }
  log.info('settled', { runId, round, array, jobId, status, woken });
  return { woken };
}

export const handler = toHandler(SettleInput, settle);
