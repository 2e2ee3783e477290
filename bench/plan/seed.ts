import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { KIB, MIB } from '../../core/units';
import type { Entry } from '../../local/s3/model';

/** Objects of the synthetic bucket lie in so many folders, flat in each. */
const FOLDERS = 10;
const LINES_AT_ONCE = 5000;

/** One object in so many is as large as two chunks, and is looked at. */
const LARGE_EVERY = 10_000;
const LARGE_BYTES = 128 * MIB;
const SMALL_DOUBLINGS = 15;

/** Most are small, 1 KiB to 32 MiB; the same on every run. */
const sizeOf = (index: number, random: number): number =>
  index % LARGE_EVERY === 0 ? LARGE_BYTES : Math.floor(KIB * 2 ** (SMALL_DOUBLINGS * (random / 2 ** 32) ** 4));

/** All objects have the same bytes behind them, of which only the beginning is ever read. */
const BLOB = '00'.repeat(16);
const HEADER = 'id,name\n';
const BEGINNING = HEADER.padEnd(MIB, '1,a\n');

/** As large as a million chunks. */
export const HUGE_KEY = 'one/huge.csv';
const HUGE_BYTES = 1_000_000 * 64 * MIB;

function put(key: string, size: number, index: number): Entry {
  const id = createHash('md5').update(String(index)).digest('hex');
  return { t: 'put', key, version: { versionId: id, modifiedMs: 0, size, etag: id, blob: BLOB } };
}

function entry(index: number, count: number): Entry {
  const folder = String(Math.floor((index * FOLDERS) / count)).padStart(2, '0');
  const random = Math.imul(index + 1, 2_654_435_761) >>> 0;
  return put(`in/part=${folder}/obj-${String(index).padStart(8, '0')}.csv`, sizeOf(index, random), index);
}

/** Writes the metadata log of a bucket of so many objects with hardly a byte, which is far faster than to put them. */
export function seedBucket(stateDir: string, bucket: string, count: number): void {
  const folder = join(stateDir, 's3', '.data', bucket);
  const shard = join(folder, 'blobs', BLOB.slice(0, 2));
  mkdirSync(shard, { recursive: true });
  writeFileSync(join(shard, BLOB), BEGINNING);
  const log = openSync(join(folder, 'log.jsonl'), 'w');
  const created: Entry = { t: 'bucket', createdMs: 0 };
  writeSync(log, `${JSON.stringify(created)}\n${JSON.stringify(put(HUGE_KEY, HUGE_BYTES, -1))}\n`);
  for (let from = 0; from < count; from += LINES_AT_ONCE) {
    const lines = Array.from({ length: Math.min(LINES_AT_ONCE, count - from) }, (_, i) => JSON.stringify(entry(from + i, count)));
    writeSync(log, `${lines.join('\n')}\n`);
  }
  closeSync(log);
}
