import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '../../local/s3/model';

/** Objects of the synthetic bucket lie in so many folders, flat in each. */
const FOLDERS = 10;
const LINES_AT_ONCE = 5000;

/** Most are small, some larger than a chunk: 1 KiB to 128 MiB, the same on every run. */
const sizeOf = (random: number): number => Math.floor(1024 * 2 ** (17 * (random / 2 ** 32) ** 4));

function entry(index: number, count: number): Entry {
  const folder = String(Math.floor((index * FOLDERS) / count)).padStart(2, '0');
  const random = Math.imul(index + 1, 2_654_435_761) >>> 0;
  const id = createHash('md5').update(String(index)).digest('hex');
  const version = { versionId: id, modifiedMs: 0, size: sizeOf(random), etag: id };
  return { t: 'put', key: `in/part=${folder}/obj-${String(index).padStart(8, '0')}.csv`, version };
}

/** Writes the metadata log of a bucket of so many objects without bytes, which is far faster than to put them. */
export function seedBucket(stateDir: string, bucket: string, count: number): void {
  const folder = join(stateDir, 's3', '.data', bucket);
  mkdirSync(folder, { recursive: true });
  const log = openSync(join(folder, 'log.jsonl'), 'w');
  const created: Entry = { t: 'bucket', createdMs: 0 };
  writeSync(log, `${JSON.stringify(created)}\n`);
  for (let from = 0; from < count; from += LINES_AT_ONCE) {
    const lines = Array.from({ length: Math.min(LINES_AT_ONCE, count - from) }, (_, i) => JSON.stringify(entry(from + i, count)));
    writeSync(log, `${lines.join('\n')}\n`);
  }
  closeSync(log);
}
