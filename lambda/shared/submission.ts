import { NotSubmittedError } from '../../adapters/errors';
import type { JobOrder } from '../../adapters/ports';
import type { Fence } from '../../core/contracts';
import { StepFailure } from '../../core/step-failures';
import { retryPauseMs, SECOND_LOOK_MS, SUBMIT_TRIES } from '../../core/submit/submission';
import type { Deps } from '../runtime';

export type SubmissionDeps = Pick<Deps, 'batch' | 'log' | 'pause' | 'random'>;

const orderOf = ({ runId, round, array, jobName, jobDefinition }: Fence): JobOrder => ({
  name: jobName,
  capacity: array.capacity,
  jobDefinition,
  tasks: array.tasks,
  profile: array.profile,
  environment: { BATCHWRIGHT_RUN_ID: runId, BATCHWRIGHT_ROUND: String(round), BATCHWRIGHT_ARRAY: String(array.array) },
  parameters: { runId, round: String(round), array: String(array.array) },
});

/** The job that an earlier submission made, if it made one: a second look finds what the first listing did not show yet. */
async function findEarlier({ jobName }: Fence, { batch, pause }: SubmissionDeps): Promise<string | undefined> {
  const found = await batch.findByName(jobName);
  if (found) return found;
  await pause(SECOND_LOOK_MS);
  return batch.findByName(jobName);
}

type Outcome = { readonly jobId: string } | { readonly open: unknown } | { readonly throttled: NotSubmittedError };

async function trySubmit(fence: Fence, { batch }: SubmissionDeps): Promise<Outcome> {
  try {
    return { jobId: await batch.submit(orderOf(fence)) };
  } catch (thrown) {
    if (!(thrown instanceof NotSubmittedError)) return { open: thrown };
    if (thrown.because === 'refused') throw new StepFailure('CONFIG', `Batch refused job ${fence.jobName}: ${thrown.message}`);
    return { throttled: thrown };
  }
}

/**
 * The one job of a fence. Whoever cannot know whether a submission went through, its own or an earlier one's, looks for
 * the job by name, twice, before it submits.
 */
export async function jobOf(fence: Fence, isFirst: boolean, deps: SubmissionDeps): Promise<string> {
  let isOpen = !isFirst;
  for (let attempt = 1; attempt <= SUBMIT_TRIES; attempt++) {
    const earlier = isOpen ? await findEarlier(fence, deps) : undefined;
    if (earlier) return earlier;
    const outcome = await trySubmit(fence, deps);
    if ('jobId' in outcome) return outcome.jobId;
    isOpen ||= 'open' in outcome;
    const reason = 'open' in outcome ? outcome.open : outcome.throttled;
    deps.log.error('not submitted', { jobName: fence.jobName, attempt, reason: reason instanceof Error ? reason.name : typeof reason });
    await deps.pause(retryPauseMs(attempt, deps.random()));
  }
  throw new StepFailure('THROTTLE', `job ${fence.jobName} could not be submitted in ${SUBMIT_TRIES} tries`);
}
