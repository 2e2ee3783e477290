/** What the worker needs of `node:fs/promises`, in memory and at once: a model must not wait for a disk. */

const files = new Map<string, Buffer>();

/** Forgets every file; called between schedules. */
export const clearFiles = (): void => files.clear();

const notFound = (path: string): Error => Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: 'ENOENT' });

function bytesOf(path: string): Buffer {
  const bytes = files.get(path);
  if (!bytes) throw notFound(path);
  return bytes;
}

export async function writeFile(path: string, content: string | Buffer): Promise<void> {
  files.set(path, Buffer.from(content));
}

export const readFile = async (path: string): Promise<Buffer> => bytesOf(path);

export async function open(path: string) {
  const bytes = bytesOf(path);
  return {
    stat: async () => ({ size: bytes.length }),
    read: async (target: Buffer, offset: number, length: number, position: number) => ({
      bytesRead: bytes.copy(target, offset, position, position + length),
    }),
    close: async () => undefined,
  };
}

export async function rm(path: string): Promise<void> {
  for (const name of [...files.keys()]) if (name === path || name.startsWith(`${path}/`)) files.delete(name);
}

export const mkdir = async (): Promise<void> => undefined;

export async function readdir(path: string): Promise<string[]> {
  const below = [...files.keys()].filter((name) => name.startsWith(`${path}/`));
  return [...new Set(below.map((name) => name.slice(path.length + 1).split('/')[0] ?? ''))];
}

/** A disk with room enough. */
export const statfs = async () => ({ bavail: 1_000_000, bsize: 1_000_000 });
