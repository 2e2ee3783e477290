import { type Drive, Drive as DriveRecord, Plan, type Redrive } from '../core/contracts';
import { driveKey, planKey } from '../core/keys';
import { findJson, readJson } from './json';
import type { ObjectStore } from './ports';

/** Which drive of which run; the first one is 0. */
export interface DriveRef {
  readonly runId: string;
  readonly drive?: number;
}

const underDrive = (plan: Plan, { config, pins }: Redrive): Plan => ({ ...plan, config, pins });

async function redriveOf(state: ObjectStore, { runId, drive = 0 }: DriveRef): Promise<Redrive | undefined> {
  if (drive === 0) return undefined;
  const record = await readJson(state, driveKey(runId, drive), DriveRecord);
  if (record.kind !== 'redrive') throw new RangeError(`drive ${drive} of ${runId} is a ${record.kind}, expected a redrive`);
  return record;
}

/** A run's plan as one drive of it obeys it: a redrive has a config and pins of its own. */
export async function readPlan(state: ObjectStore, ref: DriveRef): Promise<Plan> {
  const [plan, redrive] = await Promise.all([readJson(state, planKey(ref.runId), Plan), redriveOf(state, ref)]);
  return redrive ? underDrive(plan, redrive) : plan;
}

/** As `readPlan`, where the run may not have come that far. */
export async function findPlan(state: ObjectStore, ref: DriveRef): Promise<Plan | undefined> {
  const [plan, redrive] = await Promise.all([findJson(state, planKey(ref.runId), Plan), redriveOf(state, ref)]);
  return plan && redrive ? underDrive(plan, redrive) : plan;
}

/** Every drive record of a run, in order; none for a run that was driven once. */
export async function readDrives(state: ObjectStore, runId: string): Promise<readonly Drive[]> {
  const drives: Drive[] = [];
  for (;;) {
    const drive = await findJson(state, driveKey(runId, drives.length + 1), DriveRecord);
    if (!drive) return drives;
    drives.push(drive);
  }
}
