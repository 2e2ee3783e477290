import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createExecutions } from '../../adapters/aws/executions';
import { createObjectStore } from '../../adapters/aws/object-store';
import { createOpenRuns } from '../../adapters/aws/open-runs';
import { NotRedrivableError, redriveRun } from '../../adapters/redriving';
import { reportKey } from '../../core/keys';
import type { ChaosCloud } from './cloud';
import { CALM } from './mix';
import type { JudgedRun } from './soak';
import { type Drop, verdictOf } from './verify';

const LOOK_EVERY_MS = 500;
/** The local cloud has two cores. */
const AT_ONCE = 8;
/** A run that nothing disturbs takes seconds. */
const PATIENCE_MS = 180_000;

export interface Redrives {
  readonly redriven: number;
  /** Failed runs that can never be redriven, and why not. */
  readonly refused: readonly string[];
  readonly violations: readonly string[];
}

type Outcome = { readonly refused?: string; readonly violations?: readonly string[] };

/** Goes on with every failed run now that nothing disturbs it: then it must publish exactly the right rows. */
export async function redriveFailed(cloud: ChaosCloud, judged: readonly JudgedRun[]): Promise<Redrives> {
  const failed = judged.filter(({ outcome }) => outcome === 'failed').map(({ drop }) => drop);
  if (failed.length === 0) return { redriven: 0, refused: [], violations: [] };
  await cloud.restart(CALM);
  const outcomes: Outcome[] = [];
  const waiting = [...failed];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let drop = waiting.shift(); drop; drop = waiting.shift()) outcomes.push(await redriveOne(drop, cloud));
    }),
  );
  const refused = outcomes.flatMap((outcome) => outcome.refused ?? []);
  return { redriven: outcomes.length - refused.length, refused, violations: outcomes.flatMap(({ violations = [] }) => violations) };
}

async function redriveOne(drop: Drop, cloud: ChaosCloud): Promise<Outcome> {
  try {
    const { drive } = await redriveRun(drop.runId, depsOf(cloud));
    return { violations: (await endOf(drop, drive, cloud)).map((violation) => `${drop.runId} redriven without faults: ${violation}`) };
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
    if (Date.now() > deadline) return ['it never ended'];
    await sleep(LOOK_EVERY_MS);
  }
  const { outcome, violations, report } = await verdictOf(drop, cloud, drive);
  return outcome === 'failed' ? [`failed with ${report?.failure?.class}: ${report?.failure?.message}`] : violations;
}
