import { z } from 'zod';
import { collect as all, mapConcurrently } from '../adapters/concurrency';
import { createJson, findJson } from '../adapters/json';
import { countRedrives, readDrives } from '../adapters/run-plan';
import { Decision, Delivery, type OpenMark, Plan } from '../core/contracts';
import { decisionKey, deliveryKey, driveKey, planKey, reportKey, runOfOutput } from '../core/keys';
import { decideCollect, staleRevisions } from '../core/operate/collect';
import { phaseOf } from '../core/operate/run-phase';
import { Report } from '../core/report/report-contract';
import { type Deps, toHandler } from './runtime';

export const CollectInput = z.object({});
type CollectDeps = Pick<Deps, 'state' | 'uploads' | 'open' | 'revisions' | 'log' | 'now'>;

const AT_ONCE = 16;

/** Whether the run's uploads may be aborted; a run that could be redriven is taken first, so that it no longer can. */
async function mayAbort(runId: string, marks: readonly OpenMark[], { state, now }: CollectDeps): Promise<boolean> {
  const drives = await readDrives(state, runId);
  const drive = countRedrives(drives);
  const decision = await findJson(state, decisionKey(runId, drive), Decision);
  const report = await findJson(state, reportKey(runId, drive), Report);
  const verdict = decideCollect({
    open: marks.some(({ input }) => input.runId === runId && (input.drive ?? 0) >= drive && !report),
    phase: phaseOf({
      decision,
      delivery: await findJson(state, deliveryKey(runId, drive), Delivery),
      published: report?.status === 'SUCCEEDED',
    }),
    final: decision?.final,
    ...(report && { endedAt: new Date(report.endedAt) }),
    taken: drives.at(-1)?.kind,
    now: now(),
  });
  if (verdict !== 'take') return verdict === 'abort';
  return createJson(state, driveKey(runId, drive + 1), { schema: 'drive.v1', kind: 'collect', drive: drive + 1, at: now().toISOString() });
}

/** The fence first, then the list: what is listed after a run was taken can belong to no redrive of it. */
async function collectUploads(deps: CollectDeps): Promise<number> {
  const marks = await all(deps.open.list());
  const runs = new Map((await all(deps.uploads.pending(''))).map(({ key }) => [runOfOutput(key).runId, runOfOutput(key).prefix]));
  let aborted = 0;
  const errors: unknown[] = [];
  for (const [runId, prefix] of runs) {
    try {
      aborted += await collectRun({ runId, prefix }, marks, deps);
    } catch (thrown) {
      deps.log.error('could not collect', { runId, error: (thrown as Error).name });
      errors.push(thrown);
    }
  }
  // What went wrong with one run did not keep the others from being collected.
  if (errors.length > 0) throw errors[0];
  return aborted;
}

type RunOutput = ReturnType<typeof runOfOutput>;

async function collectRun({ runId, prefix }: RunOutput, marks: readonly OpenMark[], deps: CollectDeps): Promise<number> {
  if (!(await mayAbort(runId, marks, deps))) return 0;
  const left = await all(deps.uploads.pending(prefix));
  await mapConcurrently(left, AT_ONCE, (upload) => deps.uploads.abort(upload));
  return left.length;
}

/** Revisions that an open run has pinned, and those of plans and drives that may still be redriven, stay. */
async function collectRevisions(deps: CollectDeps): Promise<number> {
  const pinned = new Set<string>();
  for (const { input } of await all(deps.open.list())) {
    const plan = await findJson(deps.state, planKey(input.runId), Plan);
    if (plan) pinned.add(plan.pins.jobDefinition);
    for (const drive of await readDrives(deps.state, input.runId)) if (drive.kind === 'redrive') pinned.add(drive.pins.jobDefinition);
  }
  const stale = staleRevisions(await all(deps.revisions.list()), pinned);
  for (const arn of stale) await deps.revisions.deregister(arn);
  return stale.length;
}

/** Forgets what no run will need: uploads of runs that ended, and old revisions of job definitions. */
export async function collect(_input: z.infer<typeof CollectInput>, deps: CollectDeps) {
  const uploads = await collectUploads(deps);
  const revisions = await collectRevisions(deps);
  deps.log.info('collected', { uploads, revisions });
  return { uploads, revisions };
}

export const handler = toHandler(CollectInput, collect);
