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
import { complaintsOf, failedTasksOf, outlinesOf } from './shared/round-outcome';
import { findDecision, type Progress, readProgress, roundRef, writeRound } from './shared/rounds';

export const AssessInput = RunRef.extend({ round: z.number().int() });
type AssessInput = z.infer<typeof AssessInput>;
type AssessDeps = Pick<Deps, 'state' | 'batch' | 'random' | 'log'>;

/** What went wrong in the round, and with which chunks. */
async function outcomeOf(input: AssessInput, { rounds, markers }: Progress, deps: AssessDeps) {
  const record = rounds.find(({ round }) => round === input.round);
  if (!record) throw new StepFailure('CODE', `round ${input.round} is none of the ${rounds.length} rounds that count`);
  const { tasks, imageless } = await failedTasksOf(record, input.runId, deps);
  const complaints = await complaintsOf(input, deps.state);
  const outlines = await outlinesOf(input, deps.state);
  return { ...chargesOf({ round: input.round, tasks, complaints, markers }), imageless, outlines };
}

/** Step 4: reads markers and failures, and says what follows: another round, the commit, or the end. */
export async function assess(input: AssessInput, deps: AssessDeps): Promise<Assessment> {
  const { runId, round, drive } = input;
  // What was decided is rolled forward by Commit, whatever this call would have found.
  if (await findDecision(deps.state, input)) return { next: 'commit' };
  const abort = await findAbort(deps.state, input);
  if (abort) return { next: 'stop', failure: abortFailure(abort.reason) };
  const plan = await readPlan(deps.state, input);
  const progress = await readProgress(deps.state, runId);
  const policy = policyOf(plan);
  const laidOut = progress.rounds.find((one) => one.round > round);
  if (laidOut) return { next: 'round', round: roundRef(laidOut) };

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

  const { parties: groups, because, waitSeconds } = decision;
  const next = await writeRound(deps.state, { runId, drive, round: round + 1, groups, because, waitSeconds });
  return next ? { next: 'round', round: roundRef(next) } : { next: 'commit' };
}

export const handler = toHandler(AssessInput, assess);
