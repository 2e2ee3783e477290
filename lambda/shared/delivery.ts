import { collect, mapConcurrently } from '../../adapters/concurrency';
import { DamagedUploadError } from '../../adapters/errors';
import { createJson, findJson, readJson } from '../../adapters/json';
import { partsOf, type Work } from '../../core/commit/conclude';
import { BrokenDecisionError } from '../../core/commit/frozen-work';
import { type Check, DeliveredBatch, Delivery, type Failure, type PendingPart, type Plan } from '../../core/contracts';
import { CHECKS, createFailure } from '../../core/failures';
import { deliveredKey, deliveredPrefix, deliveryKey } from '../../core/keys';
import type { Deps } from '../runtime';
import { lookAt } from './delivered';
import { removeParts } from './removal';

export type DeliveryDeps = Pick<Deps, 'state' | 'output' | 'uploads'>;

/** Requests at once: a few seconds for a thousand parts, and fewer than a Lambda's sockets. */
const PARTS_AT_ONCE = 32;
/** Parts between two notes of how far it came: what a call that dies has done for nothing at most. */
const PARTS_OF_BATCH = 1000;

/** What is to be made visible: the work is the one that the decision has frozen. */
export interface Publication {
  readonly plan: Plan;
  readonly work: Work;
  readonly drive?: number | undefined;
}

/** All parts stand and are as they were written, or none does; undefined where time ran out in between. */
export type Delivered = { readonly failure: Failure } | { readonly versions: ReadonlyMap<string, string> } | undefined;

const deliveryFailure = (bad: Check): Failure =>
  createFailure(
    {
      class: 'HOST',
      message: `a part was not delivered as written: ${bad.name}: expected ${bad.expected}, found ${bad.actual}`,
      hint: 'nothing was published; the input is untouched: run its files again with --again',
    },
    CHECKS,
  );

/** One that can never be completed is not there afterwards, which the look at it says. */
async function completePart({ key, uploadId, pieces, checksum }: PendingPart, uploads: DeliveryDeps['uploads']): Promise<void> {
  try {
    await uploads.complete({ key, uploadId, pieces, checksum: checksum.value });
  } catch (thrown) {
    if (!(thrown instanceof DamagedUploadError)) throw thrown;
  }
}

/** Batches that earlier calls completed, by number. */
async function readBatches({ plan, drive }: Publication, state: DeliveryDeps['state']): Promise<ReadonlyMap<number, DeliveredBatch>> {
  const keys = await collect(state.list(deliveredPrefix(plan.runId, drive)));
  const batches = await mapConcurrently(keys, PARTS_AT_ONCE, ({ key }) => readJson(state, key, DeliveredBatch));
  return new Map(batches.map((batch) => [batch.batch, batch]));
}

interface Batch {
  readonly batch: number;
  readonly parts: readonly PendingPart[];
}

function batchesOf(parts: readonly PendingPart[]): readonly Batch[] {
  return Array.from({ length: Math.ceil(parts.length / PARTS_OF_BATCH) }, (_, batch) => ({
    batch,
    parts: parts.slice(batch * PARTS_OF_BATCH, (batch + 1) * PARTS_OF_BATCH),
  }));
}

/** Completes a batch and reads it back. */
async function deliverBatch({ parts }: Batch, plan: Plan, { output, uploads }: DeliveryDeps) {
  const looks = await mapConcurrently(parts, PARTS_AT_ONCE, async (part) => {
    await completePart(part, uploads);
    return lookAt(output, part, plan);
  });
  return { bad: looks.find(({ check }) => !check.ok)?.check, found: looks.flatMap(({ found }) => found ?? []) };
}

/** Writes down once how the delivery ended; the first to say so is obeyed by all, so that nobody takes back what another publishes. */
async function concludeDelivery({ plan, drive }: Publication, delivery: Omit<Delivery, 'schema'>, { state }: DeliveryDeps) {
  const key = deliveryKey(plan.runId, drive);
  await createJson(state, key, { schema: 'delivery.v1', ...delivery });
  return readJson(state, key, Delivery);
}

/** Takes everything back, whatever of it stands by now; repeated by every process that finds the failure. */
async function takeBack({ work }: Publication, failure: Failure, deps: DeliveryDeps, hasTime: () => boolean): Promise<Delivered> {
  return (await removeParts(partsOf(work), deps, hasTime)) ? { failure } : undefined;
}

/** Writes down that a batch stands; the keys must be those of the decision's list. */
async function recordBatch(
  { batch, parts }: Batch,
  found: DeliveredBatch['parts'],
  { plan, drive }: Publication,
  state: DeliveryDeps['state'],
) {
  const key = deliveredKey(plan.runId, batch, drive);
  await createJson(state, key, { schema: 'delivered.v1', batch, parts: found });
  const stored = await readJson(state, key, DeliveredBatch);
  if (stored.parts.length === parts.length && stored.parts.every((part, i) => part.key === parts[i]?.key)) return stored;
  throw new BrokenDecisionError(`${key} names ${stored.parts.length} parts, the decision's list has other ${parts.length} in this batch`);
}

const versionsOf = (batches: Iterable<DeliveredBatch>): ReadonlyMap<string, string> =>
  new Map([...batches].flatMap(({ parts }) => parts.map(({ key, versionId }) => [key, versionId] as const)));

/**
 * Completes a run's uploads batch by batch, reads every part back, and takes all back if one is not what was written.
 * Each call goes on behind the last batch that is noted down; it does one at least, then goes by `hasTime`.
 */
export async function deliver(publication: Publication, deps: DeliveryDeps, hasTime: () => boolean): Promise<Delivered> {
  const { plan, work, drive } = publication;
  const before = await findJson(deps.state, deliveryKey(plan.runId, drive), Delivery);
  if (before?.failure) return takeBack(publication, before.failure, deps, hasTime);
  const parts = partsOf(work);
  const done = new Map(await readBatches(publication, deps.state));
  const open = batchesOf(parts).filter(({ batch }) => !done.has(batch));
  for (const [i, batch] of open.entries()) {
    if (i > 0 && !hasTime()) return undefined;
    const { bad, found } = await deliverBatch(batch, plan, deps);
    const stored = bad && (await concludeDelivery(publication, { checks: [bad], failure: deliveryFailure(bad) }, deps));
    if (stored?.failure) return takeBack(publication, stored.failure, deps, hasTime);
    if (stored) return { versions: versionsOf((await readBatches(publication, deps.state)).values()) };
    done.set(batch.batch, await recordBatch(batch, found, publication, deps.state));
  }
  const versions = versionsOf(done.values());
  const check = { name: 'parts delivered as written', expected: `${parts.length}`, actual: `${versions.size}` };
  const stored = await concludeDelivery(publication, { checks: [{ ...check, ok: versions.size === parts.length }] }, deps);
  return stored.failure ? takeBack(publication, stored.failure, deps, hasTime) : { versions };
}
