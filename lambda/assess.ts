import { z } from 'zod';
import { findAbort } from '../adapters/aborting';
import { readPlan } from '../adapters/run-plan';
import { assess as decide } from '../core/assess/assess';
import { chargesOf } from '../core/assess/charges';
import { cuttableIn, policyOf } from '../core/assess/policy';
import { type Assessment, RunRef } from '../core/contracts';
import { abortFailure } from '../core/failures';
import { isInferred } from '../core/inference/infer-schema';
import { objectsOf } from '../core/plan/source-objects';
import { dialectOf } from '../core/records';
import { StepFailure } from '../core/step-failures';
import { type Deps, toHandler } from './runtime';
import { layOutNext } from './shared/next-round';
import { complaintsOf, failedTasksOf, outlinesOf } from './shared/round-outcome';
import { type Progress, readProgress, roundRef } from './shared/rounds';

export const AssessInput = RunRef.extend({ round: z.number().int() });
type AssessInput = z.infer<typeof AssessInput>;
type AssessDeps = Pick<Deps, 'state' | 'batch' | 'random' | 'log'>;

/** What went wrong in the round, and with which chunks. */
async function outcomeOf(input: AssessInput, { rounds, markers }: Progress, deps: AssessDeps) {
  const record = rounds[input.round];
  if (!record) throw new StepFailure('CODE', `round ${input.round} is not written down, only ${rounds.length} are`);
  const { tasks, imageless } = await failedTasksOf(record, input.runId, deps);
  const complaints = await complaintsOf(input, deps.state);
  const outlines = await outlinesOf(input, deps.state);
  return { ...chargesOf({ round: input.round, tasks, complaints, markers }), imageless, outlines };
}

/** Step 4: reads markers and failures, and says what follows: another round, the commit, or the end. */
export async function assess(input: AssessInput, deps: AssessDeps): Promise<Assessment> {
  const { runId, round } = input;
  const abort = await findAbort(deps.state, input);
  if (abort) return { next: 'stop', failure: abortFailure(abort.reason) };
  const plan = await readPlan(deps.state, input);
  const progress = await readProgress(deps.state, runId);
  const policy = policyOf(plan);
  const laidOut = progress.rounds[round + 1];
  if (laidOut) return { next: 'round', round: roundRef(laidOut, laidOut.waitSeconds ?? 0) };

  const decision = decide({
    ...progress,
    ...(await outcomeOf(input, progress, deps)),
    objects: objectsOf(plan, progress),
    policy,
    isCuttable: cuttableIn(plan),
    typesInferred: isInferred(plan.config.schemas.input),
    guesses: dialectOf(plan.config.spec.input)?.quotedNewlines ?? false,
    random: deps.random(),
  });
  deps.log.info('assessed', { runId, round, next: decision.next });
  if (decision.next !== 'round') return decision;

  const { chunks, because, waitSeconds } = decision;
  const next = await layOutNext(deps.state, { runId, round: round + 1, chunks, footing: policy.footing, because, waitSeconds });
  return { next: 'round', round: roundRef(next, next.waitSeconds ?? 0) };
}

export const handler = toHandler(AssessInput, assess);
