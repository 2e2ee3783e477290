import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ForeignStateError, openPrivateState } from '../../local/deploy/private-state';
import { UsageError } from '../errors';
import { holderOf } from './lock';

/** Says that a folder is ours, so that nothing else is ever taken for state or removed. */
const MARKER = 'batchwright-state.json';

const isOurs = (folder: string): boolean => existsSync(join(folder, MARKER));
const isEmpty = (folder: string): boolean => !existsSync(folder) || readdirSync(folder).length === 0;

function refuseForeign(folder: string): void {
  if (isOurs(folder) || isEmpty(folder)) return;
  throw new UsageError(`${folder} holds other things: expected an empty folder, or one with ${MARKER}`);
}

function makePrivate(folder: string): void {
  try {
    openPrivateState(folder, isOurs(folder));
  } catch (error) {
    throw error instanceof ForeignStateError ? new UsageError(error.message) : error;
  }
}

/** Makes the folder, or takes up the one that a former process left, for its owner alone; never one that holds something else. */
export function openState(folder: string): void {
  refuseForeign(folder);
  makePrivate(folder);
  if (!isOurs(folder)) writeFileSync(join(folder, MARKER), `${JSON.stringify({ schema: 'state.v1' })}\n`);
}

/** Forgets all buckets, runs and samples of a state folder; never of a folder that is not ours or in use. */
export async function cleanState(folder: string): Promise<void> {
  refuseForeign(folder);
  const holder = await holderOf(folder);
  if (holder !== undefined) throw new UsageError(`${folder} is in use by process ${holder}: stop it before --clean`);
  rmSync(folder, { recursive: true, force: true });
}
