import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createExecutions } from '../../adapters/aws/executions';
import { createObjectStore } from '../../adapters/aws/object-store';
import { createOpenRuns } from '../../adapters/aws/open-runs';
import { mapConcurrently } from '../../adapters/concurrency';
import { NotRedrivableError, redriveRun } from '../../adapters/redriving';
import { markersPrefix, reportKey } from '../../core/keys';
import type { ChaosCloud } from './cloud';
import { CALM } from './mix';
import type { JudgedRun } from './soak';
import { type CHANGES, writeJobs } from './specs';
import { type Drop, verdictOf } from './verify';

const LOOK_EVERY_MS = 500;
/** The local cloud has two cores. */
const AT_ONCE = 8;
/** A run that nothing disturbs takes seconds. */
const PATIENCE_MS = 180_000;
const NEVER_ENDED = 'it never ended';

export interface Redrives {
  readonly redriven: number;
  /** Failed runs that can never be redriven, and why not. */
  readonly refused: readonly string[];
  readonly violations: readonly string[];
}

type Outcome = { readonly refused?: string; readonly violations?: readonly string[] };

/** How a run that failed goes on once nothing disturbs it: first under specs that must be refused, then under mended ones. */
export async function redriveFailed(cloud: ChaosCloud, judged: readonly JudgedRun[]): Promise<Redrives> {
  const failed = judged.filter(({ outcome }) => outcome === 'failed').map(({ drop }) => drop);
  if (failed.length === 0) return { redriven: 0, refused: [], violations: [] };
  await deploy(cloud, 'other');
  const begun = await Promise.all(failed.map((drop) => beginsUnderOther(drop, cloud)));
  await deploy(cloud, 'mended');
  const outcomes = await mapConcurrently(failed, AT_ONCE, (drop) => redriveOne(drop, cloud));
  const refused = outcomes.flatMap((outcome) => outcome.refused ?? []);
  const violations = [...begun.flat(), ...outcomes.flatMap((outcome) => outcome.violations ?? [])];
  return { redriven: outcomes.length - refused.length, refused, violations };
}

async function deploy(cloud: ChaosCloud, version: keyof typeof CHANGES): Promise<void> {
  writeJobs(cloud.folders.jobsDir, version);
  await cloud.restart(CALM);
}

/** A run with committed chunks must not go on under another output. */
async function beginsUnderOther(drop: Drop, cloud: ChaosCloud): Promise<readonly string[]> {
  if (!existsSync(cloud.file('state', markersPrefix(drop.runId)))) return [];
  try {
    const { outcome } = await redriveRun(drop.runId, depsOf(cloud));
    return outcome === 'concluding' ? [] : [`${drop.runId} is redriven though its output was changed`];
  } catch (thrown) {
    if (thrown instanceof NotRedrivableError) return [];
    throw thrown;
  }
}

/** A drive that has not been concluded is, and then another one begins, unless the first was published. */
async function redriveOne(drop: Drop, cloud: ChaosCloud): Promise<Outcome> {
  try {
    const { drive, outcome } = await redriveRun(drop.runId, depsOf(cloud));
    const violations = await endOf(drop, drive, cloud);
    if (outcome === 'concluding' && violations.length > 0 && !violations.includes(NEVER_ENDED)) return await redriveOne(drop, cloud);
    return { violations: violations.map((violation) => `${drop.runId} redriven without faults: ${violation}`) };
  } catch (thrown) {
    if (thrown instanceof NotRedrivableError) return { refused: thrown.message };
    throw thrown;
  }
}

const depsOf = ({ buckets, clients, stateMachineArn }: ChaosCloud): Parameters<typeof redriveRun>[1] => ({
  state: createObjectStore(buckets.state, clients.s3),
  open: createOpenRuns(buckets.state, clients.s3),
  executions: createExecutions(stateMachineArn, clients.sfn),
  now: () => new Date(),
});

/** What is wrong with the end of a drive. */
async function endOf(drop: Drop, drive: number, cloud: ChaosCloud): Promise<readonly string[]> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!existsSync(cloud.file('state', reportKey(drop.runId, drive)))) {
    if (Date.now() > deadline) return [NEVER_ENDED];
    await sleep(LOOK_EVERY_MS);
  }
  const { outcome, violations, report } = await verdictOf(drop, cloud, drive);
  return outcome === 'failed' ? [`failed with ${report?.failure?.class}: ${report?.failure?.message}`] : violations;
}
