import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { Chunk } from '../../core/contracts';
import { chunkId } from '../../core/keys';
import { type ARun, withRun } from '../worker/a-run';

/** What the example programs of `docs/processors.md` are given, and what they must make of it, through the worker itself. */

export const GUIDE = 'docs/processors.md';

const ORDERS = [
  { id: 1, amount: 5 },
  { id: null, amount: 7 },
  { id: 3, amount: 0 },
  { id: 4, amount: 21 },
];
/** Many times over, so that no buffer holds all of it. */
const TIMES = 3000;

async function rowsOf(run: ARun): Promise<unknown[]> {
  const parts = await Promise.all((await run.publish()).map((key) => run.output.read(key)));
  const lines = parts.flatMap((part) => part.toString().split('\n').slice(0, -1));
  return lines.map((line) => JSON.parse(line));
}

/** Runs a program of the first protocol; `grossOf` says what its rows hold. */
export async function answersOrders(command: readonly string[], folder: string, row: (order: { id: number; amount: number }) => unknown) {
  const orders = Array.from({ length: TIMES }, () => ORDERS).flat();
  const files = [orders.map((order) => `${JSON.stringify(order)}\n`).join('')];
  const spec = { input: { prefix: 'incoming/', format: 'jsonl' }, process: { command }, errors: { skipLimit: '100%' } };
  await withRun({ files, spec, jobsFolder: folder }, async (run) => {
    expect({ code: await run.work(), complaints: run.complaints() }).toEqual({ code: 0, complaints: [] });

    expect(run.counts()).toEqual({ read: 4 * TIMES, written: 2 * TIMES, filtered: TIMES, quarantined: TIMES });
    expect(await rowsOf(run)).toEqual(Array.from({ length: TIMES }, () => [row({ id: 1, amount: 5 }), row({ id: 4, amount: 21 })]).flat());
    expect((await run.quarantined())[0]).toMatchObject({ record: 1, reason: 'has no id', class: 'SKIPPED' });
  });
}

const FILES = ['one', Buffer.from([0, 255, 10]), ''];

async function withFiles(command: readonly string[], folder: string, use: (run: ARun) => Promise<void>): Promise<void> {
  const ranges = FILES.map((file, object) => ({ object, start: 0, end: Buffer.byteLength(file) }));
  const spec = {
    input: { prefix: 'incoming/', format: 'files' },
    process: { command },
    output: { format: 'files' },
    errors: { skipLimit: 1 },
  };
  const chunks = [Chunk.parse({ id: chunkId(0), ranges })];
  await withRun({ files: FILES, spec, chunks, jobsFolder: folder }, async (run) => {
    expect({ code: await run.work(), complaints: run.complaints() }).toEqual({ code: 0, complaints: [] });

    expect(run.counts()).toMatchObject({ read: 3, written: 2, filtered: 0, quarantined: 1 });
    expect(await run.quarantined()).toMatchObject([{ reason: 'is empty', key: 'incoming/file-2' }]);
    await use(run);
  });
}

/** Runs a program that writes the digests of files down. */
export const digestsFiles = (command: readonly string[], folder: string): Promise<void> =>
  withFiles(command, folder, async (run) => {
    const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');
    expect(await rowsOf(run)).toEqual(FILES.slice(0, 2).map((file, i) => ({ key: `incoming/file-${i}`, sha256: sha256(file) })));
  });

/** Runs a program that packs files one by one. */
export const packsFiles = (command: readonly string[], folder: string): Promise<void> =>
  withFiles(command, folder, async (run) => {
    const keys = await run.publish();
    expect(keys.map((key) => key.split('/').at(-1))).toEqual(['0000-file-0.gz', '0001-file-1.gz']);
    expect(gunzipSync(await run.output.read(keys[1] ?? ''))).toEqual(FILES[1]);
  });
