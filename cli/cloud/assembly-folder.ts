import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ASSET = /^asset\.[0-9a-f]+/;
/** Where the local Batch keeps its job definitions, each with the folder of its image. */
const DEFINITIONS = 'batch/definitions.json';

const entriesOf = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Tells which assets are the image of a job definition in this state folder. Runs are pinned to a revision, so its image must outlive later deployments. */
export function imagesInUse(stateDir: string): (asset: string) => boolean {
  const file = join(stateDir, DEFINITIONS);
  const definitions = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return (asset) => definitions.includes(asset);
}

/**
 * Replaces the assembly in `folder` with the fresh one, keeping assets that are still in use. Assets are renamed into
 * place before anything is deleted, so a kill at any point loses none and the next call repeats the work.
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
