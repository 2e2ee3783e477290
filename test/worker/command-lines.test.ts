import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { Chunk } from '../../core/contracts';
import { chunkId } from '../../core/keys';
import { withRun } from './a-run';
import { echo } from './programs';

/** Commands without a schema are given lines that nobody made values for; a function always gets values. Both must see the same. */

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'programs-'));
  writeFileSync(path.join(folder, 'echo.js'), echo);
  writeFileSync(path.join(folder, 'same.js'), 'module.exports = { process: (record) => record };');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COMMAND = { command: [process.execPath, 'echo.js'] };
const MODULE = { module: 'same.js' };

/** All that comes of a file: rows, counts, and what was set aside. */
async function seen(file: Buffer, process: object, chunkBytes: number) {
  const spec = { input: { prefix: 'incoming/', format: 'csv' }, process, output: { format: 'jsonl' } };
  return withRun({ files: [file], spec, jobsFolder: folder, chunkBytes }, async (run) => {
    const code = await run.work();
    const parts = await run.publish();
    const rows = await Promise.all(parts.map(async (key) => (await run.output.read(key)).toString('utf8')));
    const quarantined = await run.quarantined();
    return {
      code,
      counts: run.counts(),
      rows: rows.join(''),
      bad: quarantined.map(({ offset, record, reason, raw }) => ({ offset, record, reason, raw })),
    };
  });
}

const messyField = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: fc.constantFrom('a', 'b', ' ', '.', 'é', '😀', '7'), maxLength: 40 }) },
  fc.constantFrom('', '""', '"a,b"', '"say ""hi"""', '"two\nlines"', 'back\\slash', 'ta\tb', 'quo"te', '"open', '\u0001'),
);
const messyRecord = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(messyField, messyField, messyField).map((fields) => fields.join(',')) },
  fc.constantFrom('one,two', '1,2,3,4', ''),
);

test('law: a program is given the records that a function is given, and the same ones are set aside', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(messyRecord, { minLength: 1, maxLength: 60 }), fc.constantFrom(300, 100_000), async (records, chunkBytes) => {
      const file = Buffer.from(`name,é"x,z\n${records.join('\n')}\n`.replace('é"x', '"é""x"'));

      const [command, module] = [await seen(file, COMMAND, chunkBytes), await seen(file, MODULE, chunkBytes)];

      expect(command).toEqual(module);
    }),
    { numRuns: 25 },
  );
});

test('many records with bad ones among them, over several batches, keep their numbers and offsets', async () => {
  const records = Array.from({ length: 5000 }, (_, i) =>
    i % 777 === 0 ? 'too,few' : i % 501 === 0 ? `"es""caped",${i},x` : `${i},é${i},`,
  );
  const file = Buffer.from(`a,b,c\n${records.join('\n')}`);

  const command = await seen(file, COMMAND, 1_000_000);

  expect(command).toEqual(await seen(file, MODULE, 1_000_000));
  expect(command.counts).toMatchObject({ read: 5000, quarantined: 7 });
});

test('many small files in one chunk are read with one set of memory', async () => {
  const files = Array.from({ length: 1500 }, (_, i) => `a,b\n${i},"x,${i}"\n`);
  const chunk = Chunk.parse({ id: chunkId(0), ranges: files.map((file, object) => ({ object, start: 0, end: file.length })) });
  const spec = { input: { prefix: 'incoming/', format: 'csv' }, process: COMMAND, output: { format: 'jsonl' } };
  await withRun({ files, spec, jobsFolder: folder, chunks: [chunk] }, async (run) => {
    expect(await run.work()).toBe(0);

    const [part = ''] = await run.publish();
    expect((await run.output.read(part)).toString('utf8')).toBe(files.map((_, i) => `{"a":"${i}","b":"x,${i}"}\n`).join(''));
  });
});

test('bytes that are not UTF-8 cost their own records only', async () => {
  const file = Buffer.concat([Buffer.from('a,b\n1,x\n2,'), Buffer.of(0xff), Buffer.from('\n3,z\n')]);

  const command = await seen(file, COMMAND, 1000);

  expect(command).toEqual(await seen(file, MODULE, 1000));
  expect(command.rows).toBe('{"a":"1","b":"x"}\n{"a":"3","b":"z"}\n');
});
