import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { mapConcurrently } from '../../adapters/concurrency';
import type { ObjectStore } from '../../adapters/ports';
import type { Plan, PlannedObject, Range } from '../../core/contracts';
import { localNameOf } from '../../core/work/file-names';
import { ConfigFailure } from '../failures';
import { inFolder, listFile } from '../files/folders';
import type { FileSource } from '../work';
import type { FetchTarget } from './chunk';
import { objectOfRange } from './listed';
import { StoredPieces } from './stored-pieces';

/** Each holds two pieces in memory. */
const FILES_AT_ONCE = 4;

/** Copies a chunk's objects to disk as they are, each under a name of its own, and lists them; memory does not grow with them. */
export async function fetchFiles(input: ObjectStore, plan: Plan, { chunk, scratch, meter }: FetchTarget): Promise<readonly FileSource[]> {
  await mkdir(inFolder(scratch), { recursive: true });
  const files = await mapConcurrently(chunk.ranges, FILES_AT_ONCE, async (range, index) => {
    const { object, store } = await objectOfRange(input, plan, range);
    checkWhole(range, object);
    const name = localNameOf(index, object.key);
    const file = path.join(inFolder(scratch), name);
    const checksum = await copy(new StoredPieces(store, object, meter), file);
    const read = { object: range.object, start: 0, end: object.bytes, records: 1, ...(checksum && { checksum }) };
    return { kind: 'file' as const, object, read, name, file };
  });
  await writeList(listFile(scratch), files);
  return files;
}

function checkWhole({ start, end }: Range, { key, bytes }: PlannedObject): void {
  if (start === 0 && end === bytes) return;
  throw new ConfigFailure(
    `a chunk reads bytes ${start} to ${end} of ${key}, which has ${bytes}, but the job's input.format is files`,
    'files are only handed on whole: run it again',
  );
}

async function copy(pieces: StoredPieces, file: string): Promise<FileSource['read']['checksum']> {
  const out = await open(file, 'w');
  try {
    for await (const piece of pieces) await out.appendFile(piece);
  } finally {
    await out.close();
  }
  return pieces.checksum;
}

/** One line a file: its local name, and what it is. */
async function writeList(list: string, files: readonly FileSource[]): Promise<void> {
  const lines = files.map(({ name, object: { bucket, key, versionId, bytes } }) =>
    JSON.stringify({ file: name, bucket, key, versionId, bytes }),
  );
  await writeFile(list, lines.map((line) => `${line}\n`).join(''));
}
