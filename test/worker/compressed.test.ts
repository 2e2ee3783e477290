import { gzipSync } from 'node:zlib';
import type { Compression } from '../../core/contracts';
import { burstingFrame, COMPRESS } from '../support/compressed';
import { type RunOptions, withRun } from './a-run';

const ROWS = 5000;
const BAD = 4321;
const CSV = `id,name\n${Array.from({ length: ROWS }, (_, i) => `${i === BAD ? 'x' : i},"name\n${i}"\n`).join('')}`;
const SCHEMA = { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] };

const input = (more: Record<string, unknown> = {}) => ({ prefix: 'incoming/', format: 'csv', ...more });
const aTask = (file: Buffer, compression: Compression, spec: Record<string, unknown> = {}): RunOptions => ({
  files: [file],
  spec: { input: input(), process: { sql: 'SELECT id, name FROM input WHERE id > 9' }, ...spec },
  schemas: { input: SCHEMA },
  planned: { compression, header: ['id', 'name'] },
});

describe.each(['gzip', 'zstd', 'bzip2'] as const)('a task of one %s file', (compression) => {
  test('is read as a whole, counted in its text, and summed as it is stored', async () => {
    const file = await COMPRESS[compression](CSV);
    await withRun(aTask(file, compression), async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.marker()).toMatchObject({
        counts: { read: ROWS, written: ROWS - 11, filtered: 10, quarantined: 1 },
        bytes: { read: file.length },
        read: [{ object: 0, start: 0, end: file.length, records: ROWS, checksum: run.plan.objects[0]!.checksum }],
      });
      const [bad] = await run.quarantined();
      expect(CSV.slice(bad!.offset)).toMatch(/^x,"name\n4321"/);
      const rows = await run.rows('SELECT count(*)::INT AS rows, min(id)::INT AS low, max(name) AS last FROM read_json(FILES)');
      expect(rows).toEqual([{ rows: ROWS - 11, low: 10, last: 'name\n999' }]);
    });
  });

  test('gives a program the same records', async () => {
    const file = await COMPRESS[compression](CSV);
    const program = 'import sys\nfor line in sys.stdin: print(\'{"ok": \' + line.strip() + "}")';
    await withRun(aTask(file, compression, { process: { command: ['python3', '-uc', program] } }), async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.counts()).toEqual({ read: ROWS, written: ROWS - 1, filtered: 0, quarantined: 1 });
    });
  });

  test('that is cut short is a fault of the data, named with what could be read', async () => {
    const file = await COMPRESS[compression](CSV);
    await withRun(aTask(file.subarray(0, file.length - 9), compression), async (run) => {
      expect(await run.work()).toBe(65);

      const { failure } = run.complaints()[0]!;
      expect(failure.class).toBe('DATA');
      expect(failure.message).toMatch(new RegExp(`incoming/file-0 cannot be expanded as ${compression} beyond \\d+ bytes of text`));
    });
  });
});

test.each([
  ['utf-16le', false],
  ['utf-16be', false],
  ['latin1', false],
  ['utf-16le', true],
] as const)('a file in %s, compressed: %s, becomes text and is summed as it is stored', async (encoding, compressed) => {
  const text = CSV.replaceAll('name', 'näme');
  const utf16 = Buffer.from(text, 'utf16le');
  const stored = { 'utf-16le': () => utf16, 'utf-16be': () => utf16.swap16(), latin1: () => Buffer.from(text, 'latin1') }[encoding]();
  const file = compressed ? gzipSync(stored) : stored;
  const spec = { input: input({ encoding }), process: { sql: 'SELECT id, "näme" FROM input WHERE id > 9' } };
  const planned = { header: ['id', 'näme'], ...(compressed && { compression: 'gzip' as const }) };
  await withRun({ ...aTask(file, 'gzip', spec), planned }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.marker()).toMatchObject({
      counts: { read: ROWS, written: ROWS - 11, filtered: 10, quarantined: 1 },
      read: [{ start: 0, end: file.length, records: ROWS, checksum: run.plan.objects[0]!.checksum }],
    });
    const [bad] = await run.quarantined();
    expect(stored.subarray(bad!.offset, bad!.offset + bad!.rawBytes!)).toEqual(Buffer.from(bad!.rawBase64!, 'base64'));
    expect(bad).toMatchObject({ raw: expect.stringMatching(/^x,"näme\n4321"/), encoding, lineBreak: '\n' });
    const rows = await run.rows('SELECT count(*)::INT AS rows, max("näme") AS last FROM read_json(FILES)');
    expect(rows).toEqual([{ rows: ROWS - 11, last: 'näme\n999' }]);
  });
});

test('a text of nothing has no records and no part', async () => {
  await withRun({ ...aTask(gzipSync(''), 'gzip'), planned: { compression: 'gzip' } }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.marker()).toMatchObject({ counts: { read: 0, written: 0 }, parts: [], read: [{ start: 0, end: gzipSync('').length }] });
  });
});

test('a file that bursts is stopped, and both numbers are named', async () => {
  const bomb = burstingFrame(100);
  await withRun(aTask(bomb, 'zstd'), async (run) => {
    expect(await run.work()).toBe(65);

    expect(run.complaints()[0]!.failure.message).toMatch(
      new RegExp(`of ${bomb.length} bytes expands to \\d+ bytes and more, over 200 times its size`),
    );
  });
});

test('a file that becomes too large is stopped, and both numbers are named', async () => {
  const file = gzipSync(CSV);
  await withRun(aTask(file, 'gzip', { input: input({ maxExpandedBytes: 1000 }) }), async (run) => {
    expect(await run.work()).toBe(65);

    expect(run.complaints()[0]!.failure.message).toMatch(new RegExp(`of ${file.length} bytes expands to more than 1000 bytes`));
  });
});

test('a file that S3 would not give is tried again, not taken for corrupt', async () => {
  await withRun(aTask(gzipSync(CSV), 'gzip'), async (run) => {
    jest.spyOn(run.input, 'read').mockRejectedValue(Object.assign(new Error('please reduce your rate'), { name: 'SlowDown' }));

    expect(await run.work()).toBe(75);

    expect(run.complaints()[0]!.failure.class).toBe('THROTTLE');
  });
});

test('several files of one chunk keep their own reads', async () => {
  const [one, two] = [gzipSync('id,name\n1,a\n'), gzipSync('id,name\n2,b\n3,c\n')];
  const ranges = [one, two].map(({ length }, object) => ({ object, start: 0, end: length }));
  const options = { ...aTask(one, 'gzip'), files: [one, two], chunks: [{ id: '0000000', ranges }] };
  await withRun({ ...options, spec: { ...options.spec, process: { sql: 'SELECT id FROM input' } } }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.marker().read.map(({ object, records }) => [object, records])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });
});
