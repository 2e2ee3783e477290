import { collect, mapConcurrently } from '../../adapters/concurrency';
import { DamagedUploadError } from '../../adapters/errors';
import { createJson, findJson, readJson } from '../../adapters/json';
import { partsOf, type Work } from '../../core/commit/conclude';
import { type Check, DeliveredBatch, Delivery, type Failure, type PendingPart, type Plan } from '../../core/contracts';
import { CHECKS, createFailure } from '../../core/failures';
import { deliveredKey, deliveredPrefix, deliveryKey } from '../../core/keys';
import type { Deps } from '../runtime';
import { lookAt } from './delivered';

export type DeliveryDeps = Pick<Deps, 'state' | 'output' | 'uploads'>;

/** Requests at once: a few seconds for a thousand parts, and fewer than a Lambda's sockets. */
const PARTS_AT_ONCE = 32;
/** Parts between two notes of how far it came: what a call that dies has done for nothing at most. */
const PARTS_OF_BATCH = 1000;

/** What is to be made visible. */
export interface Publication {
  readonly plan: Plan;
  readonly work: Work;
  readonly drive?: number;
}

/** All parts stand and are as they were written, or none does; undefined where time ran out in between. */
export type Delivered = { readonly failure: Failure } | { readonly versions: ReadonlyMap<string, string> } | undefined;

type Version = DeliveredBatch['parts'][number];

const deliveryFailure = (bad: Check): Failure =>
  createFailure(
    {
      class: 'HOST',
      message: `a part was not delivered as written: ${bad.name}: expected ${bad.expected}, found ${bad.actual}`,
      hint: 'nothing was published; the input is untouched: run again with a new version of the file',
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
async function batchesDone({ plan, drive }: Publication, state: DeliveryDeps['state']): Promise<ReadonlyMap<number, DeliveredBatch>> {
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

const settle = async (publication: Publication, delivery: Omit<Delivery, 'schema'>, state: DeliveryDeps['state']): Promise<void> => {
  await createJson(state, deliveryKey(publication.plan.runId, publication.drive), { schema: 'delivery.v1', ...delivery });
};

/** Takes everything back; it may die half way, since the bad part is still bad for whoever comes next. */
async function takeBack(publication: Publication, bad: Check, standing: readonly Version[], deps: DeliveryDeps): Promise<Delivered> {
  await mapConcurrently(standing, PARTS_AT_ONCE, ({ key, versionId }) => deps.uploads.withdraw(key, versionId));
  const failure = deliveryFailure(bad);
  await settle(publication, { checks: [bad], failure }, deps.state);
  return { failure };
}

async function record({ batch }: Batch, parts: readonly Version[], { plan, drive }: Publication, state: DeliveryDeps['state']) {
  const key = deliveredKey(plan.runId, batch, drive);
  const delivered: DeliveredBatch = { schema: 'delivered.v1', batch, parts: [...parts] };
  await createJson(state, key, delivered);
  return readJson(state, key, DeliveredBatch);
}

/**
 * Completes a run's uploads batch by batch, reads every part back, and takes all back if one is not what was written.
 * Each call goes on behind the last batch that is noted down; it does one at least, then goes by `hasTime`.
 */
export async function deliver(publication: Publication, deps: DeliveryDeps, hasTime: () => boolean): Promise<Delivered> {
  const { plan, work, drive } = publication;
  const before = await findJson(deps.state, deliveryKey(plan.runId, drive), Delivery);
  if (before?.failure) return { failure: before.failure };
  const parts = partsOf(work);
  const done = new Map(await batchesDone(publication, deps.state));
  const open = batchesOf(parts).filter(({ batch }) => !done.has(batch));
  for (const [i, batch] of open.entries()) {
    if (i > 0 && !hasTime()) return undefined;
    const { bad, found } = await deliverBatch(batch, plan, deps);
    const standing = [...done.values()].flatMap((one) => one.parts);
    if (bad) return takeBack(publication, bad, [...standing, ...found], deps);
    done.set(batch.batch, await record(batch, found, publication, deps.state));
  }
  const versions = new Map([...done.values()].flatMap((one) => one.parts.map(({ key, versionId }) => [key, versionId] as const)));
  const check = { name: 'parts delivered as written', expected: `${parts.length}`, actual: `${versions.size}` };
  await settle(publication, { checks: [{ ...check, ok: versions.size === parts.length }] }, deps.state);
  return { versions };
}
