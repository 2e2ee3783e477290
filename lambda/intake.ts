import { z } from 'zod';
import { createJson, findJson, readJson } from '../adapters/json';
import { pinSource } from '../adapters/run-source';
import { Claim, type ExecutionInput, IntakeMessage, type RunInput, RunRequest } from '../core/contracts';
import { claimKey, inputKey, planKey, runRequestKey } from '../core/keys';
import { isFolderMark } from '../core/plan/source-objects';
import { claimHash, distinctObjects, runIdOf, sourceRunIdOf } from '../core/run-id';
import { type Deps, toHandler } from './runtime';

type IntakeDeps = Pick<Deps, 'state' | 'listing' | 'bucket' | 'remainingMs' | 'executions' | 'open' | 'now' | 'log'>;

export const IntakeInput = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

interface Order extends Pick<RunInput, 'objects' | 'source' | 'fingerprint' | 'nonce' | 'replayOf'> {
  readonly job: string;
  readonly runId: string;
  /** Dropped files are claimed, so that an event that comes again years later starts nothing. */
  readonly dropped: boolean;
}

/** What is asked for; undefined where there is nothing to run over. */
async function orderOf({ job, detail }: IntakeMessage, deps: IntakeDeps): Promise<Order | undefined> {
  if ('source' in detail) return sourceOrder(job, detail, deps);
  if ('request' in detail) return objectsOrder(job, await readJson(deps.state, runRequestKey(job, detail.request), RunRequest), deps);
  if ('objects' in detail) return objectsOrder(job, detail, deps);
  const { key, 'version-id': versionId } = detail.object;
  const objects = [{ bucket: detail.bucket.name, key, versionId }];
  return isFolderMark(detail.object) ? undefined : { job, runId: runIdOf(job, objects), objects, dropped: true };
}

/** A version that is named twice is read once. */
function objectsOrder(
  job: string,
  { objects: named, nonce, replayOf }: Pick<RunRequest, 'objects' | 'nonce' | 'replayOf'>,
  { log }: IntakeDeps,
): Order {
  const objects = distinctObjects(named);
  const runId = runIdOf(job, objects, nonce);
  if (objects.length < named.length) log.info('named twice, read once', { runId, named: named.length, objects: objects.length });
  return { job, runId, objects, nonce, dropped: false, ...(replayOf !== undefined && { replayOf }) };
}

type SourceRequest = Extract<IntakeMessage['detail'], { readonly source: unknown }>;

/** Whoever asks has mostly listed the source, to know the run by its name; Plan lists it again and compares. */
async function sourceOrder(job: string, { source, fingerprint, nonce }: SourceRequest, deps: IntakeDeps): Promise<Order | undefined> {
  const pinned = fingerprint === undefined ? await pinSource(source, deps) : { source, fingerprint };
  return pinned && { job, runId: sourceRunIdOf(job, pinned, nonce), objects: [], ...pinned, nonce, dropped: false };
}

/** Whether this object version belongs to this run: claimed now, or claimed by the run before. */
async function claimed({ job, runId, objects, dropped }: Order, state: Deps['state']): Promise<boolean> {
  const [object] = objects;
  if (!dropped || !object) return true;
  const key = claimKey(job, claimHash(object));
  if (await createJson(state, key, { schema: 'claim.v1', runId, object })) return true;
  return (await findJson(state, key, Claim))?.runId === runId;
}

/** Marked first, so that the sweep starts it if this fails in between. */
async function begin(input: ExecutionInput, { executions, open, now }: Pick<Deps, 'executions' | 'open' | 'now'>): Promise<boolean> {
  await open.add({ schema: 'open.v1', execution: input.runId, input, at: now().toISOString() });
  return executions.start(input.runId, input);
}

async function startRun(order: Order, { state, executions, open, now, log }: IntakeDeps): Promise<void> {
  const { dropped, ...asked } = order;
  const { runId } = asked;
  const input: RunInput = { schema: 'input.v1', ...asked };
  await createJson(state, inputKey(runId), input);
  if (!(await claimed(order, state))) return;

  // Execution names may be used again after 90 days; a plan says for ever that the run was begun.
  const begun = (await state.head(planKey(runId))) !== undefined;
  const started = !begun && (await begin({ runId, job: order.job }, { executions, open, now }));
  log.info(started ? 'run started' : 'duplicate dropped', { runId, job: order.job });
}

/** Step 0: turns "Object Created" events and requests into runs, one per set of object versions however often they arrive. */
export async function intake({ Records }: z.infer<typeof IntakeInput>, deps: IntakeDeps) {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of Records) {
    try {
      const order = await orderOf(IntakeMessage.parse(JSON.parse(body)), deps);
      if (order) await startRun(order, deps);
    } catch (thrown) {
      // The queue delivers it again, and keeps it in the dead-letter queue in the end.
      deps.log.error('message failed', { messageId, reason: (thrown as Error).message });
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}

export const handler = toHandler(IntakeInput, intake);
