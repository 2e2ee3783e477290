import { z } from 'zod';
import { createJson, findJson } from '../adapters/json';
import { Claim, IntakeMessage, type ObjectRef, type RunInput } from '../core/contracts';
import { claimKey, inputKey, planKey } from '../core/keys';
import { claimHash, runIdOf } from '../core/run-id';
import { type Deps, toHandler } from './runtime';

export const IntakeInput = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

interface Order {
  readonly job: string;
  readonly objects: readonly ObjectRef[];
  readonly nonce?: string;
  /** Dropped files are claimed, so that an event that comes again years later starts nothing. */
  readonly dropped: boolean;
}

function orderOf({ job, detail }: IntakeMessage): Order {
  if ('objects' in detail) return { job, objects: detail.objects, nonce: detail.nonce, dropped: false };
  const { key, 'version-id': versionId } = detail.object;
  return { job, objects: [{ bucket: detail.bucket.name, key, versionId }], dropped: true };
}

/** Consoles mark folders by empty objects whose key ends with a slash. */
const isFolder = ({ objects }: Order): boolean => objects.every(({ key }) => key.endsWith('/'));

/** Whether this object version belongs to this run: claimed now, or claimed by the run before. */
async function claimed(order: Order, runId: string, state: Deps['state']): Promise<boolean> {
  const [object] = order.objects;
  if (!order.dropped || !object) return true;
  const key = claimKey(order.job, claimHash(object));
  if (await createJson(state, key, { schema: 'claim.v1', runId, object })) return true;
  return (await findJson(state, key, Claim))?.runId === runId;
}

async function startRun(order: Order, { state, executions, log }: Deps): Promise<void> {
  const runId = runIdOf(order.job, order.objects, order.nonce);
  const input: RunInput = { schema: 'input.v1', runId, job: order.job, objects: [...order.objects], nonce: order.nonce };
  await createJson(state, inputKey(runId), input);
  if (!(await claimed(order, runId, state))) return;

  // Execution names may be used again after 90 days; a plan says for ever that the run was begun.
  const begun = (await state.head(planKey(runId))) !== undefined;
  const started = !begun && (await executions.start(runId, { runId, job: order.job }));
  log.info(started ? 'run started' : 'duplicate dropped', { runId, job: order.job });
}

/** Step 0: turns "Object Created" events and requests into runs, one per set of object versions however often they arrive. */
export async function intake({ Records }: z.infer<typeof IntakeInput>, deps: Deps) {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of Records) {
    try {
      const order = orderOf(IntakeMessage.parse(JSON.parse(body)));
      if (!isFolder(order)) await startRun(order, deps);
    } catch (thrown) {
      // The queue delivers it again, and keeps it in the dead-letter queue in the end.
      deps.log.error('message failed', { messageId, reason: (thrown as Error).message });
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}

export const handler = toHandler(IntakeInput, intake);
