import { withRun } from './a-run';
import { PROCESSORS } from './bad-input';

const FILE = `n,s\n${Array.from({ length: 20_000 }, (_, i) => `${i},text ${i}\n`).join('')}`;
const jsonl = FILE.split('\n')
  .slice(1, -1)
  .map((line) => `${JSON.stringify({ n: line.split(',')[0], s: line.split(',')[1] })}\n`)
  .join('');

const options = (process: object, format: string, file: string) => ({
  files: [file],
  spec: { input: { prefix: 'incoming/', format }, process, output: { format: 'parquet' } },
  schemas: { input: { type: 'object', properties: { n: { type: 'string' }, s: { type: 'string' } } } },
});

test.each([
  ['a query over CSV', PROCESSORS.sql ?? {}, 'csv', FILE],
  ['a query over JSON lines', PROCESSORS.sql ?? {}, 'jsonl', jsonl],
  ['a program', PROCESSORS.command ?? {}, 'csv', FILE],
])('%s: reading, processing and writing are told apart, and add up to the chunk', async (_name, process, format, file) => {
  await withRun(options(process, format, file), async (run) => {
    expect(await run.work()).toBe(0);

    const { measures, seconds, counts, bytes } = run.marker();
    const { fetch, parse, process: processing, write, upload, checksum } = measures?.stages ?? {};
    expect(counts.written).toBe(20_000);
    for (const stage of [fetch, parse, processing, write, upload, checksum]) expect(stage?.seconds).toBeGreaterThan(0);
    expect(seconds.process).toBeCloseTo((parse?.seconds ?? 0) + (processing?.seconds ?? 0) + (write?.seconds ?? 0), 6);
    expect(seconds.total).toBeCloseTo(seconds.fetch + seconds.process + seconds.upload, 6);
    expect({ fetched: fetch?.bytes, read: processing?.records, uploaded: upload?.bytes }).toEqual({
      fetched: Buffer.byteLength(file),
      read: 20_000,
      uploaded: bytes.written,
    });
    // Every byte is summed once as it comes, and once as it goes.
    expect(checksum?.bytes).toBe(Buffer.byteLength(file) + bytes.written);
  });
});

test('the processor time of a program that was started for a chunk is told apart', async () => {
  const busy = 'import sys\nfor line in sys.stdin:\n  sum(range(2000))\n  print(\'{"ok": \' + line.rstrip("\\n") + "}")';
  await withRun(options({ command: ['python3', '-uc', busy] }, 'csv', FILE), async (run) => {
    await run.work();

    const { childCpuSeconds } = run.marker().measures ?? {};
    if (process.platform === 'linux') expect(childCpuSeconds).toBeGreaterThan(0.05);
    else expect(childCpuSeconds).toBeUndefined();
  });
});
