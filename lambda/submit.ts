import { z } from 'zod';
import { isAborted } from '../adapters/aborting';
import { linesOfTasks } from '../adapters/chunk-lists';
import { createJson, findJson, readJson } from '../adapters/json';
import { readPlan } from '../adapters/run-plan';
import { Fence, Round, RunRef, SubmittedJob } from '../core/contracts';
import { fenceKey, jobIdKey, roundKey, tokenKey } from '../core/keys';
import { digest } from '../core/run-id';
import { StepFailure } from '../core/step-failures';
import { startPauseMs } from '../core/submit/submission';
import { type Deps, toHandler } from './runtime';
import { jobOf } from './shared/submission';

export const SubmitInput = RunRef.extend({ round: z.number().int(), array: z.number().int(), token: z.string() });
type SubmitInput = z.infer<typeof SubmitInput>;

type SubmitDeps = Pick<Deps, 'state' | 'batch' | 'executions' | 'log' | 'pause' | 'random'>;

const jobNameOf = ({ runId, round, array }: SubmitInput): string => `${runId}-r${round}-a${array}`;

async function fenceFor(input: SubmitInput, state: Deps['state']): Promise<{ fence: Fence; arrays: number }> {
  const { runId, job, round, array, drive } = input;
  const plan = await readPlan(state, input);
  const { arrays, plannedIn } = await readJson(state, roundKey(runId, round), Round);
  const found = arrays.find((a) => a.array === array);
  if (!found) throw new StepFailure('CODE', `round ${round} has no array ${array}, only ${arrays.length}`);
  const { jobDefinition } = plan.pins;
  const lines = await linesOfTasks(state, { runId, round, plannedIn, task: found.firstTask }, found.tasks);
  const fence: Fence = {
    schema: 'fence.v1',
    runId,
    job,
    round,
    plannedIn,
    array: found,
    jobName: jobNameOf(input),
    jobDefinition,
    drive,
    lines,
  };
  return { fence, arrays: arrays.length };
}

/**
 * At most one array: the intent is written before SubmitJob and the job id after it. Of two that submitted all the same,
 * the first job id that is written down counts; the other one's workers find that and stand down.
 */
async function submitOnce(input: SubmitInput, deps: SubmitDeps): Promise<string> {
  const { runId, round, array } = input;
  const { state, log } = deps;
  const known = await findJson(state, jobIdKey(runId, round, array), SubmittedJob);
  if (known) return known.jobId;

  const { fence: mine, arrays } = await fenceFor(input, state);
  const isFirst = await createJson(state, fenceKey(runId, round, array), mine);
  const fence = isFirst ? mine : await readJson(state, fenceKey(runId, round, array), Fence);
  await deps.pause(startPauseMs(arrays, deps.random()));
  const jobId = await jobOf(fence, isFirst, deps);
  await createJson(state, jobIdKey(runId, round, array), { schema: 'job.v1', jobId, jobName: fence.jobName });
  const recorded = await readJson(state, jobIdKey(runId, round, array), SubmittedJob);
  log.info('submitted', { runId, round, array, jobId, recorded: recorded.jobId, tasks: fence.array.tasks, first: isFirst });
  return recorded.jobId;
}

/** Step 2: submits one array of a round, once, and leaves the token that Settle will wake the run with. */
export async function submit(input: SubmitInput, deps: SubmitDeps) {
  const { runId, round, array, token } = input;
  if (await isAborted(deps.state, input)) {
    await deps.executions.succeed(token, { status: 'FAILED' });
    return {};
  }
  await createJson(deps.state, tokenKey(runId, round, array, digest(token)), { schema: 'token.v1', token });
  const jobId = await submitOnce(input, deps);
  // Whoever asked to stop while this was submitted did not see the job, so it is ended here.
  if (await isAborted(deps.state, input)) await deps.batch.terminate(jobId, 'the run was aborted');

  // The job may have ended before this token was left, and its event with it.
  const status = await deps.batch.status(jobId);
  if (status === 'SUCCEEDED' || status === 'FAILED') await deps.executions.succeed(token, { jobId, status });
  return { jobId };
}

export const handler = toHandler(SubmitInput, submit);
