import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ASSET = /^asset\.[0-9a-f]+/;
/** Where the local Batch keeps its job definitions, each with the folder of its image. */
const DEFINITIONS = 'batch/definitions.json';

const entriesOf = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Names of the assets that a job definition of this state folder has as its image: runs are pinned to revisions, however often the jobs change. */
export function imagesInUse(stateDir: string): (asset: string) => boolean {
  const file = join(stateDir, DEFINITIONS);
  const definitions = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return (asset) => definitions.includes(asset);
}

/**
 * Makes an assembly the one in `folder`, and leaves the assets there that are still in use. Assets are moved whole, and
 * before all else: whoever is killed in between has lost none, and does it again.
 */
export function replaceAssembly(folder: string, fresh: string, isUsed: (asset: string) => boolean): void {
  mkdirSync(folder, { recursive: true });
  const names = entriesOf(fresh);
  for (const name of names) if (ASSET.test(name) && !existsSync(join(folder, name))) renameSync(join(fresh, name), join(folder, name));
  for (const name of entriesOf(folder)) {
    if (!ASSET.test(name) || !(names.includes(name) || isUsed(name))) rmSync(join(folder, name), { recursive: true, force: true });
  }
  for (const name of entriesOf(fresh)) if (!ASSET.test(name)) renameSync(join(fresh, name), join(folder, name));
  rmSync(fresh, { recursive: true, force: true });
}
