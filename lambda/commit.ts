import type { z } from 'zod';
import { findAbort } from '../adapters/aborting';
import { collect, mapConcurrently } from '../adapters/concurrency';
import { createJson, findJson, readJson } from '../adapters/json';
import { findPlan } from '../adapters/run-plan';
import { conclude, manifestOf, partsOf, type Work } from '../core/commit/conclude';
import { quarantineIndexOf } from '../core/commit/quarantine';
import { Decision, Failure, type Plan, RunRef } from '../core/contracts';
import { abortFailure } from '../core/failures';
import { chunksKey, decisionKey, manifestKey, outputPrefix, quarantineIndexKey, successKey } from '../core/keys';
import { whyFinal } from '../core/operate/redrive';
import { CaughtError, failureFromError } from '../core/step-failures';
import { type Deps, toHandler } from './runtime';
import { type Delivered, deliver, type Publication } from './shared/delivery';
import { readProgress } from './shared/rounds';
import { sharedKeys } from './shared/shared-keys';

/** Neither field: publish if the books balance. `failure` is Assess's verdict, `error` what a Catch caught. */
export const CommitInput = RunRef.extend({ failure: Failure.optional(), error: CaughtError.optional() });
type CommitInput = z.infer<typeof CommitInput>;
type CommitDeps = Pick<Deps, 'state' | 'output' | 'uploads' | 'log' | 'now'>;

/** Of the quarter of an hour that a call may take; the rest is for reading the ledger and for the batch under way. */
const MOST_MS = 8 * 60_000;
const ABORTS_AT_ONCE = 32;
const ABORTS_OF_BATCH = 1000;
const NO_WORK: Work = { leaves: [], markers: new Map() };

/** Decided once; whoever comes second, even with other news, rolls the first decision forward. */
async function settleDecision(input: CommitInput, plan: Plan | undefined, work: Work, state: Deps['state']): Promise<Decision> {
  const key = decisionKey(input.runId, input.drive);
  const decided = await findJson(state, key, Decision);
  if (decided) return decided;
  const abort = await findAbort(state, input);
  const failure = abort ? abortFailure(abort.reason) : (input.failure ?? (input.error && failureFromError(input.error)));
  const shared = plan && !failure ? await sharedKeys(state, plan.config.spec.quality ?? [], work) : new Map();
  await createJson(state, key, conclude({ plan, failure, shared, ...work }));
  return readJson(state, key, Decision);
}

/** Those of committed chunks of a run that can be redriven: a redrive goes on from them, until the collector takes them. */
const keptFor = (decision: Decision, work: Work): ReadonlySet<string> =>
  new Set(whyFinal(decision) ? [] : partsOf(work).map(({ uploadId }) => uploadId));

/** Forgets the run's uploads that were not completed: losers', replaced chunks' and, unless they are kept, all others; false where time ran out. */
async function abortPending({ runId, job }: CommitInput, kept: ReadonlySet<string>, { uploads, hasTime }: Ending): Promise<boolean> {
  const pending = await collect(uploads.pending(outputPrefix(job, runId)));
  const unwanted = pending.filter(({ uploadId }) => !kept.has(uploadId));
  for (let i = 0; i < unwanted.length; i += ABORTS_OF_BATCH) {
    if (i > 0 && !hasTime()) return false;
    await mapConcurrently(unwanted.slice(i, i + ABORTS_OF_BATCH), ABORTS_AT_ONCE, (upload) => uploads.abort(upload));
  }
  return true;
}

interface Ending {
  readonly uploads: CommitDeps['uploads'];
  readonly hasTime: () => boolean;
}

async function publish(publication: Publication, deps: CommitDeps, hasTime: () => boolean): Promise<Delivered> {
  const { plan, work } = publication;
  const delivered = await deliver(publication, deps, hasTime);
  if (!delivered || 'failure' in delivered) return delivered;
  const list = `s3://${deps.state.bucket}/${chunksKey(plan.runId, 0, plan.plannedIn)}`;
  await createJson(deps.output, manifestKey(plan.job, plan.runId), manifestOf({ plan, work, list, versions: delivered.versions }));
  await deps.output.createOnce(successKey(plan.job, plan.runId), '');
  return delivered;
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
  const work = plan ? await readProgress(deps.state, runId) : NO_WORK;
  const decided = await settleDecision(input, plan, work, deps.state);
  await createJson(deps.state, quarantineIndexKey(runId, drive), quarantineIndexOf(work));

  const isPublished = decided.decision === 'publish' && plan !== undefined;
  const delivered = isPublished ? await publish({ plan, work, drive }, deps, hasTime) : { failure: decided.failure };
  if (!delivered || !(await abortPending(input, keptFor(decided, work), { uploads: deps.uploads, hasTime }))) return MORE;
  const published = 'versions' in delivered;
  deps.log.info(published ? 'published' : 'discarded', { runId, drive });
  return { published };
}

export const handler = toHandler(CommitInput, commit);
