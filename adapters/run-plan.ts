import { type Drive, Drive as DriveRecord, Plan, type Redrive } from '../core/contracts';
import { driveKey, planKey } from '../core/keys';
import { findJson, readJson } from './json';
import type { ObjectStore } from './ports';

/** Which drive of which run; the first one is 0. */
export interface DriveRef {
  readonly runId: string;
  readonly drive?: number;
}

/** An earlier plan as a redrive obeys it. */
export const underDrive = (plan: Plan, { config, pins }: Pick<Redrive, 'config' | 'pins'>): Plan => ({ ...plan, config, pins });

/** The record of a redrive: the config and pins that it obeys. */
export async function readRedrive(state: ObjectStore, runId: string, drive: number): Promise<Redrive> {
  const record = await readJson(state, driveKey(runId, drive), DriveRecord);
  if (record.kind !== 'redrive') throw new RangeError(`drive ${drive} of ${runId} is a ${record.kind}, expected a redrive`);
  return record;
}

/** The plan that a redrive goes on with, before its own is written; undefined where it plans anew. */
async function inheritedPlan(state: ObjectStore, runId: string, drive: number): Promise<Plan | undefined> {
  const redrive = await readRedrive(state, runId, drive);
  if (redrive.plannedIn === drive) return undefined;
  return underDrive(await readJson(state, planKey(runId, redrive.plannedIn), Plan), redrive);
}

/** A run's plan as one drive of it obeys it; undefined when that drive has not come so far. */
export async function findPlan(state: ObjectStore, { runId, drive = 0 }: DriveRef): Promise<Plan | undefined> {
  const own = await findJson(state, planKey(runId, drive), Plan);
  return own ?? (drive === 0 ? undefined : inheritedPlan(state, runId, drive));
}

/** As `findPlan`, where there must be one. */
export const readPlan = async (state: ObjectStore, ref: DriveRef): Promise<Plan> =>
  (await findPlan(state, ref)) ?? readJson(state, planKey(ref.runId, ref.drive), Plan);

/** The number of a run's newest drive, told from its records; 0 when it was never redriven. */
export const countRedrives = (drives: readonly Drive[]): number => drives.filter(({ kind }) => kind === 'redrive').length;

/** Every drive record of a run, in order; none for a run that was driven once. */
export async function readDrives(state: ObjectStore, runId: string): Promise<readonly Drive[]> {
  const drives: Drive[] = [];
  for (;;) {
    const drive = await findJson(state, driveKey(runId, drives.length + 1), DriveRecord);
    if (!drive) return drives;
    drives.push(drive);
  }
}

/** The newest drive of a run; 0 when it was never redriven. */
export const readLastDrive = async (state: ObjectStore, runId: string): Promise<number> => countRedrives(await readDrives(state, runId));
