/** Files in the input bucket that belong to no job. */

/** A job as far as it says which keys are its own. */
interface Reader {
  readonly prefix: string;
}

/** Whether a job takes this key. */
export const isClaimed = (key: string, jobs: readonly Reader[]): boolean => jobs.some(({ prefix }) => key.startsWith(prefix));

/** People are told once a day of what lies below so many folders. */
const FOLDERS = 2;

/** The outer folders of a key; a few, so that a tree of a thousand folders is one notice. */
export function folderOf(key: string): string {
  const folders = key.split('/').slice(0, -1).slice(0, FOLDERS);
  return folders.map((folder) => `${folder}/`).join('');
}

/** `<anything>/<bucket>/<configuration>/`, then a date, `data/` or `hive/`: what S3 Inventory delivers. */
const INVENTORY = /^[^/]+\/(?:\d{4}-\d{2}-\d{2}T\d{2}-\d{2}Z\/manifest\.(?:json|checksum)|data\/[^/]+|hive\/dt=[^/]+\/[^/]+)$/;

/** Whether a key is that of a file which S3 Inventory delivers of this bucket. */
export function isInventoryFile(key: string, bucket: string): boolean {
  const folders = key.split('/');
  return folders.some((folder, i) => folder === bucket && INVENTORY.test(folders.slice(i + 1).join('/')));
}
