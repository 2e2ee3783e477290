import { collect } from '../adapters/concurrency';
import { createJson, readJson } from '../adapters/json';
import { readPlan } from '../adapters/run-plan';
import { columnSetsOf, describeSets } from '../core/commit/part-columns';
import { Plan, type RoundRef, RunRef } from '../core/contracts';
import { outputPrefix, planKey } from '../core/keys';
import { lostChunks, openChunks } from '../core/operate/redrive';
import { chunkBytesOf } from '../core/plan/chunking';
import { taskTarget } from '../core/plan/packing';
import { StepFailure } from '../core/step-failures';
import { type Deps, toHandler } from './runtime';
import { layOutRound, type Progress, readProgress, roundRef } from './shared/rounds';

export const RedriveInput = RunRef;
type RedriveDeps = Pick<Deps, 'state' | 'uploads' | 'log'>;

/** Writes the drive's plan: the earlier one under the config and pins of its own, and what the other parts must hold. */
async function settlePlan(ref: RunRef, { leaves, markers }: Progress, state: RedriveDeps['state']): Promise<Plan> {
  const sets = columnSetsOf(leaves, markers);
  if (sets.length > 1) {
    throw new StepFailure('CONFIG', `committed parts have different columns: ${describeSets(sets)}: run the files again with --again`);
  }
  const columns = sets[0] && { digest: sets[0].digest, shown: sets[0].shown };
  const key = planKey(ref.runId, ref.drive);
  await createJson(state, key, { ...(await readPlan(state, ref)), columns });
  return readJson(state, key, Plan);
}

/** Step 1 of a redrive: lays out a round of all that is not committed, under the drive's own config and code. */
export async function redrive(ref: RunRef, { state, uploads, log }: RedriveDeps): Promise<RoundRef> {
  const { runId, job } = ref;
  const progress = await readProgress(state, runId);
  const { rounds, leaves, markers } = progress;
  const pending = await collect(uploads.pending(outputPrefix(job, runId)));
  const lost = lostChunks(leaves, markers, new Set(pending.map(({ uploadId }) => uploadId)));
  if (lost.length > 0) {
    const first = lost.slice(0, 3).join(', ');
    throw new StepFailure(
      'CANCELLED',
      `the uploads of ${lost.length} committed chunks are gone (${first}): run the files again with --again`,
    );
  }
  const { config } = await settlePlan(ref, progress, state);
  const chunks = openChunks(leaves, markers);
  const tasks = taskTarget(
    chunks.reduce((sum, chunk) => sum + chunkBytesOf(chunk), 0),
    chunks.length,
  );
  const { capacity } = config.spec.compute;
  const { profile } = config.worker;
  log.info('redriven', { runId, drive: ref.drive, open: chunks.length, committed: leaves.length - chunks.length });
  return roundRef(await layOutRound(state, { runId, round: rounds.length, chunks, tasks, capacity, profile }), 0);
}

export const handler = toHandler(RedriveInput, redrive);
