import { z } from 'zod';
import { isAborted } from '../adapters/aborting';
import { createJson, findJson, readJson } from '../adapters/json';
import { readPlan } from '../adapters/run-plan';
import { type Fence, Round, RunRef, SubmittedJob } from '../core/contracts';
import { fenceKey, jobIdKey, roundKey, tokenKey } from '../core/keys';
import { digest } from '../core/run-id';
import { StepFailure } from '../core/step-failures';
import { type Deps, toHandler } from './runtime';

export const SubmitInput = RunRef.extend({ round: z.number().int(), array: z.number().int(), token: z.string() });
type SubmitInput = z.infer<typeof SubmitInput>;

type SubmitDeps = Pick<Deps, 'state' | 'batch' | 'executions' | 'log'>;

const jobNameOf = ({ runId, round, array }: SubmitInput): string => `${runId}-r${round}-a${array}`;

async function fenceFor(input: SubmitInput, state: Deps['state']): Promise<Fence> {
  const { runId, job, round, array, drive } = input;
  const plan = await readPlan(state, input);
  const { arrays } = await readJson(state, roundKey(runId, round), Round);
  const found = arrays.find((a) => a.array === array);
  if (!found) throw new StepFailure('CODE', `round ${round} has no array ${array}, only ${arrays.length}`);
  return { schema: 'fence.v1', runId, job, round, array: found, jobName: jobNameOf(input), jobDefinition: plan.pins.jobDefinition, drive };
}

const order = ({ runId, round, array, jobName, jobDefinition }: Fence) => ({
  name: jobName,
  capacity: array.capacity,
  jobDefinition,
  tasks: array.tasks,
  profile: array.profile,
  environment: { BATCHWRIGHT_RUN_ID: runId, BATCHWRIGHT_ROUND: String(round), BATCHWRIGHT_ARRAY: String(array.array) },
  parameters: { runId, round: String(round), array: String(array.array) },
});

/**
 * At most one array: the intent is written before SubmitJob and the job id after it. Whoever finds an intent without a job id
 * cannot know whether the submission went through, so it looks for a job of that name first.
 */
async function submitOnce(input: SubmitInput, { state, batch, log }: SubmitDeps): Promise<string> {
  const { runId, round, array } = input;
  const known = await findJson(state, jobIdKey(runId, round, array), SubmittedJob);
  if (known) return known.jobId;

  const fence = await fenceFor(input, state);
  const first = await createJson(state, fenceKey(runId, round, array), fence);
  const earlier = first ? undefined : await batch.findByName(fence.jobName);
  const jobId = earlier ?? (await batch.submit(order(fence)));
  log.info(earlier ? 'found the job of an earlier attempt' : 'submitted', { runId, round, array, jobId, tasks: fence.array.tasks });
  await createJson(state, jobIdKey(runId, round, array), { schema: 'job.v1', jobId, jobName: fence.jobName });
  return (await readJson(state, jobIdKey(runId, round, array), SubmittedJob)).jobId;
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
