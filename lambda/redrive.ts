import { collect } from '../adapters/concurrency';
import { createJson, readJson } from '../adapters/json';
import { readPlan } from '../adapters/run-plan';
import { columnSetsOf, describeSets } from '../core/commit/part-columns';
import { Plan, type RoundRef, RunRef } from '../core/contracts';
import { outputPrefix, planKey } from '../core/keys';
import { lostChunks, openChunks } from '../core/operate/redrive';
import { StepFailure } from '../core/step-failures';
import { type Deps, toHandler } from './runtime';
import { findDecision, type Progress, readProgress, roundRef, writeRound } from './shared/rounds';

export const RedriveInput = RunRef;
type RedriveDeps = Pick<Deps, 'state' | 'uploads' | 'log'>;

/** Writes the drive's plan: the earlier one under the config and pins of its own, and what the other parts must hold. */
async function planDrive(ref: RunRef, { leaves, markers }: Progress, state: RedriveDeps['state']): Promise<Plan> {
  const sets = columnSetsOf(leaves, markers);
  if (sets.length > 1) {
    throw new StepFailure('CONFIG', `committed parts have different columns: ${describeSets(sets)}: run the files again with --again`);
  }
  const columns = sets[0] && { digest: sets[0].digest, shown: sets[0].shown };
  const key = planKey(ref.runId, ref.drive);
  await createJson(state, key, { ...(await readPlan(state, ref)), columns });
  return readJson(state, key, Plan);
}

/** Step 1 of a redrive: writes a round of all that is not committed, under the drive's own config and code. */
export async function redrive(ref: RunRef, { state, uploads, log }: RedriveDeps): Promise<RoundRef> {
  const { runId, job, drive = 0 } = ref;
  const before = await findDecision(state, { runId, drive: drive - 1 });
  if (!before) throw new StepFailure('CODE', `drive ${drive} of ${runId} has begun, but the drive before it was not decided`);
  const progress = await readProgress(state, runId, before.rounds);
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
  const { config } = await planDrive(ref, progress, state);
  const chunks = openChunks(leaves, markers);
  const groups = [{ capacity: config.spec.compute.capacity, profile: config.worker.profile, packed: chunks, alone: [] }];
  log.info('redriven', { runId, drive, open: chunks.length, committed: leaves.length - chunks.length, rounds: rounds.length });
  const round = await writeRound(state, { runId, drive, round: before.rounds, base: before.rounds, groups });
  // A drive that was decided meanwhile has nothing to do; Assess then finds the decision.
  return round ? roundRef(round) : { round: before.rounds, arrays: [], waitSeconds: 0 };
}

export const handler = toHandler(RedriveInput, redrive);
