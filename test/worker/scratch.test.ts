import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { failureOf } from '../../worker/failures';
import { emptyBut, freeBytes, openScratch } from '../../worker/scratch';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'scratch-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a chunk that the disk has no room for is refused before it is fetched, with what to do', async () => {
  const bytes = await freeBytes(folder);
  const chunk = path.join(folder, 'chunk');

  const failure = failureOf(await openScratch(chunk, bytes).catch((thrown) => thrown));

  expect(failure).toMatchObject({ class: 'HOST', hint: expect.stringContaining('chunk.bytes') });
  expect(failure.message).toMatch(/^the task's disk has [\d.]+ \w+ left, a chunk of [\d.]+ \w+ needs [\d.]+ \w+$/);
  expect(existsSync(chunk)).toBe(false);
});

/** A device that is always full, where there is one. */
const FULL = '/dev/full';
const onLinux = existsSync(FULL) ? test : test.skip;

onLinux('a disk that runs full is a fault of the host, with what to do', async () => {
  const thrown = await writeFile(FULL, 'x').catch((error) => error);

  expect(failureOf(thrown)).toMatchObject({ class: 'HOST', hint: expect.stringContaining('chunk.bytes') });
});

test('all but the parts is removed, wherever in the folder they lie', async () => {
  for (const sub of ['kept', 'gone']) mkdirSync(path.join(folder, sub));
  const files = ['part', 'input', 'kept/part', 'gone/spill'].map((name) => path.join(folder, name));
  for (const file of files) writeFileSync(file, '');

  await emptyBut(folder, [files[0] as string, files[2] as string]);

  expect(files.map((file) => existsSync(file))).toEqual([true, false, true, false]);
});
