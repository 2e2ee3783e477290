import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../../adapters/json';
import type { ObjectStore } from '../../adapters/ports';
import { Unclaimed } from '../../core/contracts';
import { unclaimedPrefix } from '../../core/keys';

/** Files that belong to no job, as far as they are shown. */
export interface UnclaimedList {
  readonly files: readonly Unclaimed[];
  /** How many there are. */
  readonly total: number;
}

/** More would fill the screen. */
const MAX_SHOWN = 20;

/** The newest of the ledger's records. */
export async function listUnclaimed(state: ObjectStore): Promise<UnclaimedList> {
  const files: Unclaimed[] = [];
  let total = 0;
  for await (const { key } of state.list(unclaimedPrefix)) {
    if (total++ < MAX_SHOWN) files.push(await readJson(state, key, Unclaimed));
  }
  return { files, total };
}

/** The same from the local cloud's state folder, by the paths of the records; needs no cloud. */
export function knownUnclaimed(stateDir: string): ReadonlyMap<string, Unclaimed> {
  const buckets = join(stateDir, 's3');
  const folders = existsSync(buckets) ? readdirSync(buckets).map((bucket) => join(buckets, bucket, unclaimedPrefix)) : [];
  const paths = folders.filter((folder) => existsSync(folder)).flatMap(recordsIn);
  return new Map(paths.toSorted().flatMap((path) => recordAt(path)));
}

const recordsIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() && entry.name.endsWith('.json') ? [join(entry.parentPath, entry.name)] : [],
  );

/** A file of another bucket may have such a key too. */
function recordAt(path: string): readonly (readonly [string, Unclaimed])[] {
  try {
    const { success, data } = Unclaimed.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return success ? [[path, data]] : [];
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return [];
    throw thrown;
  }
}

export const firstUnclaimed = (known: ReadonlyMap<string, Unclaimed>): UnclaimedList => ({
  files: [...known.values()].slice(0, MAX_SHOWN),
  total: known.size,
});
