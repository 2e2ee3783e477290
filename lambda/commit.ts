import type { z } from 'zod';
import { findAbort } from '../adapters/aborting';
import { collect, mapConcurrently } from '../adapters/concurrency';
import { DamagedUploadError } from '../adapters/errors';
import { createJson, findJson, readJson } from '../adapters/json';
import { findPlan } from '../adapters/run-plan';
import { conclude, manifestOf, partsOf, type Work } from '../core/conclude';
import { type Check, Decision, Delivery, Failure, type PendingPart, type Plan, RunRef } from '../core/contracts';
import { abortFailure } from '../core/failures';
import { chunksKey, decisionKey, deliveryKey, manifestKey, outputPrefix, quarantineIndexKey, successKey } from '../core/keys';
import { quarantineIndexOf } from '../core/quarantine';
import { CaughtError, failureFromError } from '../core/step-failures';
import { type Deps, toHandler } from './runtime';
import { checkDelivery } from './shared/delivered';
import { readProgress } from './shared/rounds';
import { sharedKeys } from './shared/shared-keys';

/** Neither field: publish if the books balance. `failure` is Assess's verdict, `error` what a Catch caught. */
export const CommitInput = RunRef.extend({ failure: Failure.optional(), error: CaughtError.optional() });
type CommitInput = z.infer<typeof CommitInput>;
type CommitDeps = Pick<Deps, 'state' | 'output' | 'uploads' | 'log'>;

const UPLOADS_AT_ONCE = 16;
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

/** Those of committed chunks of a run that failed: a redrive goes on from them, until the collector takes them. */
const keptFor = ({ decision, failure }: Decision, work: Work): ReadonlySet<string> =>
  new Set(decision === 'discard' && failure?.class !== 'CANCELLED' ? partsOf(work).map(({ uploadId }) => uploadId) : []);

/** Forgets the run's uploads that were not completed: losers', replaced chunks' and, unless they are kept, all others. */
async function abortPending({ runId, job }: CommitInput, kept: ReadonlySet<string>, uploads: Deps['uploads']): Promise<void> {
  const pending = await collect(uploads.pending(outputPrefix(job, runId)));
  await mapConcurrently(
    pending.filter(({ uploadId }) => !kept.has(uploadId)),
    UPLOADS_AT_ONCE,
    (upload) => uploads.abort(upload),
  );
}

const deliveryFailure = (bad: Check): Failure => ({
  class: 'HOST',
  message: `a part was not delivered as written: ${bad.name}: expected ${bad.expected}, found ${bad.actual}`,
  hint: 'nothing was published; the input is untouched: run again with a new version of the file',
});

interface Publication {
  readonly plan: Plan;
  readonly work: Work;
}

/** One that can never be completed is not there afterwards, which the check says. */
async function completePart({ key, uploadId, pieces, checksum }: PendingPart, uploads: CommitDeps['uploads']): Promise<void> {
  try {
    await uploads.complete({ key, uploadId, pieces, checksum: checksum.value });
  } catch (thrown) {
    if (!(thrown instanceof DamagedUploadError)) throw thrown;
  }
}

/** Completes the uploads, reads them back, and takes them all back if one is not what was written. */
async function deliver({ drive }: CommitInput, { plan, work }: Publication, { state, output, uploads }: CommitDeps): Promise<Delivery> {
  const key = deliveryKey(plan.runId, drive);
  const before = await findJson(state, key, Delivery);
  if (before) return before;
  const parts = partsOf(work);
  await mapConcurrently(parts, UPLOADS_AT_ONCE, (part) => completePart(part, uploads));
  const { checks, found } = await checkDelivery(output, parts, plan);
  const bad = checks.find(({ ok }) => !ok);
  if (bad) await mapConcurrently(found, UPLOADS_AT_ONCE, ({ key, versionId }) => uploads.withdraw(key, versionId));
  await createJson(state, key, {
    schema: 'delivery.v1',
    checks: bad ? [bad] : [{ name: 'parts delivered as written', ok: true, expected: `${parts.length}`, actual: `${found.length}` }],
    ...(bad && { failure: deliveryFailure(bad) }),
  });
  return readJson(state, key, Delivery);
}

async function publish(input: CommitInput, { plan, work }: Publication, deps: CommitDeps): Promise<boolean> {
  const { failure } = await deliver(input, { plan, work }, deps);
  if (failure) return false;
  await createJson(
    deps.output,
    manifestKey(plan.job, plan.runId),
    manifestOf(plan, work, `s3://${deps.state.bucket}/${chunksKey(plan.runId, 0)}`),
  );
  await deps.output.createOnce(successKey(plan.job, plan.runId), '');
  return true;
}

/** Step 5: decides once whether the run is published, then rolls that forward; it may die anywhere and be repeated by anyone. */
export async function commit(input: CommitInput, deps: CommitDeps) {
  const { runId, drive } = input;
  const plan = await findPlan(deps.state, input);
  const work = plan ? await readProgress(deps.state, runId) : NO_WORK;
  const decided = await settleDecision(input, plan, work, deps.state);
  await createJson(deps.state, quarantineIndexKey(runId, drive), quarantineIndexOf(work));

  const published = decided.decision === 'publish' && plan !== undefined && (await publish(input, { plan, work }, deps));
  await abortPending(input, keptFor(decided, work), deps.uploads);
  deps.log.info(published ? 'published' : 'discarded', { runId, drive });
  return { published };
}

export const handler = toHandler(CommitInput, commit);
