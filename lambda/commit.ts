import { z } from 'zod';
import { endJobs, findAbort } from '../adapters/aborting';
import { collect, mapConcurrently } from '../adapters/concurrency';
import { createJson, readJson } from '../adapters/json';
import { findPlan } from '../adapters/run-plan';
import { conclude, manifestOf, type Work } from '../core/commit/conclude';
import { quarantineIndexOf } from '../core/commit/quarantine';
import { Decision, Failure, type FinalCause, type Plan, RunRef } from '../core/contracts';
import { abortFailure } from '../core/failures';
import { decisionKey, manifestKey, outputPrefix, planChunksKey, quarantineIndexKey, successKey } from '../core/keys';
import { hasGivenUp } from '../core/operate/commit-retry';
import { CaughtError, failureFromError } from '../core/step-failures';
import { type Deps, toHandler } from './runtime';
import { type Delivered, deliver, type Publication } from './shared/delivery';
import { freezeWork, readFrozenWork } from './shared/frozen-work';
import { findDecision, type Progress, readProgress, readRounds } from './shared/rounds';
import { sharedKeys } from './shared/shared-keys';

/**
 * Neither `failure` nor `error`: publish if the books balance. `failure` is Assess's verdict, `error` what a Catch caught;
 * `tries` and `commitError` come from calls of this step that failed before.
 */
export const CommitInput = RunRef.extend({
  failure: Failure.optional(),
  error: CaughtError.optional(),
  tries: z.number().int().optional(),
  commitError: CaughtError.optional(),
});
type CommitInput = z.infer<typeof CommitInput>;
type CommitDeps = Pick<Deps, 'state' | 'output' | 'uploads' | 'batch' | 'log' | 'now'>;

/** Of the quarter of an hour that a call may take; the rest is for reading the ledger and for the batch under way. */
const MOST_MS = 8 * 60_000;
const ABORTS_AT_ONCE = 32;
const ABORTS_OF_BATCH = 1000;
const NO_WORK: Omit<Progress, 'written'> = { rounds: [], leaves: [], markers: new Map() };

/** What Commit failed of where nobody says. */
const NO_ANSWER: CaughtError = { Error: 'States.TaskFailed', Cause: 'the run could not be committed' };

/** Why the run is not to be published, whatever its chunks say; and whether it can never go on. */
async function findVerdict(input: CommitInput, state: Deps['state']): Promise<{ failure?: Failure; final?: FinalCause }> {
  const abort = await findAbort(state, input);
  if (abort) return { failure: abortFailure(abort.reason), final: 'aborted' };
  if (input.failure) return { failure: input.failure };
  const error = input.error ?? (hasGivenUp(input.tries) ? (input.commitError ?? NO_ANSWER) : undefined);
  if (!error) return {};
  const failure = failureFromError(error);
  return { failure, ...(failure.class === 'CANCELLED' && { final: 'lost' as const }) };
}

/** Where the run stands; what could not be read so often is not waited for any longer. */
async function readWork({ runId, tries }: CommitInput, plan: Plan | undefined, state: Deps['state']): Promise<Progress> {
  if (plan && !hasGivenUp(tries)) return readProgress(state, runId);
  return { ...NO_WORK, written: await readRounds(state, runId) };
}

async function decide(input: CommitInput, plan: Plan | undefined, state: Deps['state']): Promise<Decision> {
  const { written, leaves, markers } = await readWork(input, plan, state);
  const work: Work = { leaves, markers };
  const verdict = await findVerdict(input, state);
  const shared = plan && !verdict.failure ? await sharedKeys(state, plan.config.spec.quality ?? [], work) : new Map();
  const frozen = await freezeWork(state, input, work);
  const decision = conclude({ plan, ...verdict, shared, frozen, rounds: written.length, ...work });
  await createJson(state, decisionKey(input.runId, input.drive), decision);
  return readJson(state, decisionKey(input.runId, input.drive), Decision);
}

/** Decided once; any later call, even with other news, rolls the first decision forward, from what that one has frozen. */
async function decideOnce(input: CommitInput, plan: Plan | undefined, state: Deps['state']) {
  const decision = (await findDecision(state, input)) ?? (await decide(input, plan, state));
  return { decision, work: await readFrozenWork(state, decision) };
}

async function publish(publication: Publication, deps: CommitDeps, hasTime: () => boolean): Promise<Delivered> {
  const { plan, work } = publication;
  const delivered = await deliver(publication, deps, hasTime);
  if (!delivered || 'failure' in delivered) return delivered;
  const list = `s3://${deps.state.bucket}/${planChunksKey(plan.runId, plan.plannedIn)}`;
  await createJson(deps.output, manifestKey(plan.job, plan.runId), manifestOf({ plan, work, list, versions: delivered.versions }));
  await deps.output.createOnce(successKey(plan.job, plan.runId), '');
  return delivered;
}

/**
 * Aborts what is pending of a run that can never go on. The decision is the fence: what it left out will never count.
 * A run that can be redriven keeps all its uploads, since a worker that is still alive may yet commit its chunk.
 * @returns false when time ran out first
 */
async function abortPending({ runId, job }: CommitInput, { uploads }: CommitDeps, hasTime: () => boolean): Promise<boolean> {
  const pending = await collect(uploads.pending(outputPrefix(job, runId)));
  for (let i = 0; i < pending.length; i += ABORTS_OF_BATCH) {
    if (i > 0 && !hasTime()) return false;
    await mapConcurrently(pending.slice(i, i + ABORTS_OF_BATCH), ABORTS_AT_ONCE, (upload) => uploads.abort(upload));
  }
  return true;
}

/** Neither published nor discarded yet: the state machine calls again. */
const MORE = { published: false, more: true };

/**
 * Step 5: decides once whether the run is published, then rolls that forward; it may die anywhere and be repeated by
 * anyone. What takes longer than one call is gone on with by the next, which is told nothing: the ledger says how far it is.
 */
export async function commit(input: CommitInput, deps: CommitDeps): Promise<{ published: boolean; more?: boolean }> {
  const { runId, drive } = input;
  const until = deps.now().getTime() + MOST_MS;
  const hasTime = (): boolean => deps.now().getTime() < until;
  const plan = await findPlan(deps.state, input);
  const { decision: decided, work } = await decideOnce(input, plan, deps.state);
  await createJson(deps.state, quarantineIndexKey(runId, drive), quarantineIndexOf(work));

  const isPublished = decided.decision === 'publish' && plan !== undefined;
  const delivered = isPublished ? await publish({ plan, work, drive }, deps, hasTime) : { failure: decided.failure };
  if (!delivered) return MORE;
  await endJobs(input, 'the run has ended', deps);
  const isOver = isPublished || decided.final !== undefined;
  if (isOver && !(await abortPending(input, deps, hasTime))) return MORE;
  const published = 'versions' in delivered;
  deps.log.info(published ? 'published' : 'discarded', { runId, drive });
  return { published };
}

export const handler = toHandler(CommitInput, commit);
