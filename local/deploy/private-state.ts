import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Rights of everybody but the owner. */
const OTHERS = 0o077;
const PRIVATE_FOLDER = 0o700;

/** Written once everything else in the folder is private. */
const CREDENTIALS = path.join('gateway', 'credentials.json');

/** The state folder belongs to another user. */
export class ForeignStateError extends Error {
  override readonly name = 'ForeignStateError';

  constructor(
    readonly stateDir: string,
    readonly uid: number,
  ) {
    super(`state folder ${stateDir} belongs to user ${uid}: expected one of user ${process.getuid?.()}, choose another folder`);
  }
}

function assertOwned(stateDir: string): void {
  const { uid } = statSync(stateDir);
  // Windows knows no such numbers.
  if (process.getuid !== undefined && uid !== process.getuid()) throw new ForeignStateError(stateDir, uid);
}

/** Takes the rights of others from a file or folder and all below it; links are left, and what they lead to. */
export function narrowRights(file: string): void {
  const entry = lstatSync(file, { throwIfNoEntry: false });
  if (entry?.isDirectory()) for (const name of readdirSync(file)) narrowRights(path.join(file, name));
  else if (!entry?.isFile()) return;
  if (entry.mode & OTHERS) chmodSync(file, entry.mode & PRIVATE_FOLDER);
}

/**
 * Makes a state folder, or takes up one of a former process, for its owner alone: it holds credentials and everybody's data.
 * From now on all files that this process or its children make are private too. A folder that this version has made
 * private is not searched again, and one that holds no state is not searched at all: its files may be anything.
 */
export function openPrivateState(stateDir: string, holdsState = existsSync(path.join(stateDir, path.dirname(CREDENTIALS)))): void {
  process.umask(OTHERS);
  mkdirSync(stateDir, { recursive: true, mode: PRIVATE_FOLDER });
  assertOwned(stateDir);
  const { mode } = statSync(stateDir);
  const isPrivate = (mode & OTHERS) === 0;
  if (holdsState && !(isPrivate && existsSync(path.join(stateDir, CREDENTIALS)))) narrowRights(stateDir);
  else if (!isPrivate) chmodSync(stateDir, mode & PRIVATE_FOLDER);
}
