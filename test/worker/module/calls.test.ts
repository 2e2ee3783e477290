import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { withRun } from '../a-run';

const ERRORS = `
  class RetryRecordError extends Error { constructor(m) { super(m); this.name = 'RetryRecordError'; } }
  class SkipRecordError extends Error { constructor(m) { super(m); this.name = 'SkipRecordError'; } }
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const quick = { attempts: 3, baseMs: 1, maxMs: 2 };`;

/** What follows `module.exports =`, by name. */
const PROCESSORS: Readonly<Record<string, string>> = {
  several: `{ process: (r) => r.n === 2 ? [] : Array.from({ length: r.n }, (_, i) => ({ n: r.n, i })) }`,
  parallel: `{ concurrency: 8, async process(r, { count }) {
    now += 1; most = Math.max(most, now); await sleep(r.n % 3); now -= 1; count('calls'); return { n: r.n, most }; } }; let now = 0; let most = 0`,
  mixed: `{ concurrency: 4, process: (r) => r.n % 2 ? sleep(5).then(() => ({ n: r.n })) : r.n % 4 ? null : [{ n: r.n }, { n: -r.n }] }`,
  thenable: `{ process: (r) => ({ then: (resolve) => resolve({ n: r.n * 2 }) }) }`,
  again: `{ retry: quick, process(r, { attempt, count }) { count('tries');
    if (attempt < r.n) throw new RetryRecordError('not yet'); return { n: r.n, attempt }; } }`,
  exhausted: `{ retry: quick, async process(r) { if (r.n === 2) throw new RetryRecordError('never'); return r; } }`,
  exhaustedSkip: `{ retry: { ...quick, onExhausted: 'skip' }, process(r) { if (r.n === 2) throw new RetryRecordError('never'); return r; } }`,
  byCode: `{ retry: { ...quick, byError: { ECONNRESET: {} } }, process(r, { attempt }) {
    if (attempt === 1) throw Object.assign(new Error('socket'), { code: 'ECONNRESET' }); return { n: r.n, attempt }; } }`,
  slow: `{ timeoutMs: 20, retry: { ...quick, onExhausted: 'skip' }, async process(r, { signal, attempt }) {
    if (r.n === 2) await new Promise((_, reject) => signal.addEventListener('abort', () => { aborted += 1; reject(signal.reason); }));
    return { n: r.n, aborted }; } }; let aborted = 0`,
  asyncSkip: `{ concurrency: 3, async process(r) { await sleep(3 - r.n % 3); if (r.n === 2) throw new SkipRecordError('two'); return r; } }`,
  limited: `{ rateLimit: { perSecond: 100 }, process: (r) => ({ n: r.n, at: performance.now() }) }`,
  budget: `{ rateLimit: { perSecond: 1e6, perTask: 4 }, process: (r) => r }`,
  tight: `{ rateLimit: { perSecond: 1e6, perTask: 3 }, process: (r) => r }`,
  counts: `{ open({ count }) { count('opened'); }, process(r, { count }) { count('sum of n', r.n); return r; }, close({ count }) { count('closed', 0.5); } }`,
  badName: `{ process(r, { count }) { count('__proto__'); return r; } }`,
  badBy: `{ process(r, { count }) { count('x', Number.NaN); return r; } }`,
  manyNames: `{ process(r, { count }) { for (let i = 0; i < 101; i += 1) count('name ' + i); return r; } }`,
  badConcurrency: '{ concurrency: 0, process: (r) => r }',
  badRate: '{ rateLimit: { perSecond: -1 }, process: (r) => r }',
  badRetry: "{ retry: { attempts: 2, onExhausted: 'explode' }, process: (r) => r }",
  openThrows: "{ open() { throw new TypeError('no table'); }, process: (r) => r }",
  openRetries: "{ async open() { throw new RetryRecordError('busy'); }, process: (r) => r }",
  closeThrows: "{ close() { throw new TypeError('no end'); }, process: (r) => r }",
  bothThrow: "{ close() { throw new TypeError('no end'); }, process() { throw new TypeError('no start'); } }",
  failsAmongMany: `{ concurrency: 8, async process(r, { signal }) {
    if (r.n === 1) { await sleep(2); throw new TypeError('one'); }
    await new Promise((resolve) => signal.addEventListener('abort', resolve)); require('node:fs').appendFileSync(__dirname + '/heard.txt', r.n + ' '); return r; } }`,
  waits: `{ concurrency: 2, async process(r, { signal }) { await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))); } }`,
  hangs: '{ process: () => new Promise(() => undefined) }',
  bigint: '{ process: () => ({ big: 1n }) }',
  whole: `{ process: (r) => ({ keys: Object.keys(r), spread: { ...r }, json: JSON.stringify(r), own: Object.hasOwn(r, 'n'), proto: Object.getPrototypeOf(r) === Object.prototype }) }`,
};

const INPUT = { type: 'object', properties: { n: { type: 'integer' }, s: { type: 'string' } }, required: ['n'] };
const FILE = 'n,s\n1,a\n2,b\n3,c\n4,d\n';
const JSONL = "SELECT * FROM read_json(FILES, format = 'newline_delimited')";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'processors-'));
  for (const [name, source] of Object.entries(PROCESSORS)) {
    writeFileSync(path.join(folder, `${name}.js`), `${ERRORS}\nmodule.exports = ${source};`);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = (name: string, more: object = {}) => ({
  files: [FILE],
  spec: { input: { prefix: 'incoming/', format: 'csv' }, process: { module: `${name}.ts` }, output: { format: 'jsonl' } },
  schemas: { input: INPUT },
  jobsFolder: folder,
  ...more,
});
const numbers = (count: number): string => `n,s\n${Array.from({ length: count }, (_, i) => `${i + 1},x\n`).join('')}`;

describe('several rows for one record', () => {
  test('are written in order; the record counts once, its rows by themselves, and none means filtered', async () => {
    await withRun(options('several'), async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.marker().counts).toEqual({ read: 4, written: 3, filtered: 1, quarantined: 0, rows: 8 });
      expect(run.marker().parts.map(({ rows }) => rows)).toEqual([8]);
      expect((await run.rows(JSONL)).map(({ n, i }) => `${n}.${i}`)).toEqual(['1.0', '3.0', '3.1', '3.2', '4.0', '4.1', '4.2', '4.3']);
    });
  });

  test('are all set aside with their record when one is not valid', async () => {
    const output = { type: 'object', properties: { i: { type: 'integer', maximum: 2 } } };
    await withRun(options('several', { schemas: { input: INPUT, output } }), async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.marker().counts).toEqual({ read: 4, written: 2, filtered: 1, quarantined: 1, rows: 4 });
      expect((await run.quarantined())[0]).toMatchObject({ record: 3, reason: 'row 4 of 4: output: column "i" must be <= 2' });
    });
  });
});

describe('functions that wait', () => {
  test('run side by side as often as they say, and rows keep the order of their records', async () => {
    await withRun(options('parallel', { files: [numbers(100)] }), async (run) => {
      expect(await run.work()).toBe(0);

      const rows = await run.rows(JSONL);
      expect(rows.map(({ n }) => Number(n))).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
      expect(Math.max(...rows.map(({ most }) => Number(most)))).toBe(8);
      expect(run.marker().metrics).toEqual({ calls: 100 });
    });
  });

  test('may answer at once at times, and order is kept all the same', async () => {
    await withRun(options('mixed', { files: [numbers(12)] }), async (run) => {
      expect(await run.work()).toBe(0);

      expect((await run.rows(JSONL)).map(({ n }) => Number(n))).toEqual([1, 3, 4, -4, 5, 7, 8, -8, 9, 11, 12, -12]);
      expect(run.marker().counts).toEqual({ read: 12, written: 9, filtered: 3, quarantined: 0, rows: 12 });
    });
  });

  test('may answer with anything that can be awaited', async () => {
    await withRun(options('thenable'), async (run) => {
      expect(await run.work()).toBe(0);

      expect((await run.rows(JSONL)).map(({ n }) => n)).toEqual(['2', '4', '6', '8']);
    });
  });

  test('skip a record as others do', async () => {
    await withRun(options('asyncSkip'), async (run) => {
      expect(await run.work()).toBe(0);

      expect(await run.quarantined()).toEqual([expect.objectContaining({ record: 1, class: 'SKIPPED', reason: 'two' })]);
    });
  });

  test('hear of it when another record has failed the chunk', async () => {
    await withRun(options('failsAmongMany', { files: [numbers(5)] }), async (run) => {
      expect(await run.work()).toBe(70);

      expect(run.complaints()[0]!.failure.message).toMatch(/threw at record 0 .*TypeError: one/);
      expect(require('node:fs').readFileSync(path.join(folder, 'heard.txt'), 'utf8')).toBe('2 3 4 5 ');
    });
  });

  test.each(['waits', 'hangs'])('do not keep a worker that is told to stop (%s)', async (name) => {
    await withRun(options(name), async (run) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 50);

      expect(await run.work({}, controller.signal)).toBe(143);

      expect([run.markers(), run.complaints()]).toEqual([[], []]);
    });
  });
});

describe('another try', () => {
  test('follows RetryRecordError, with the number of the try', async () => {
    await withRun(options('again', { files: [numbers(3)] }), async (run) => {
      expect(await run.work()).toBe(0);

      expect((await run.rows(JSONL)).map(({ attempt }) => attempt)).toEqual(['1', '2', '3']);
      expect(run.marker().metrics).toEqual({ tries: 6 });
    });
  });

  test('follows an error whose code is named', async () => {
    await withRun(options('byCode'), async (run) => {
      expect(await run.work()).toBe(0);

      expect((await run.rows(JSONL)).map(({ attempt }) => attempt)).toEqual(['2', '2', '2', '2']);
    });
  });

  test('follows as often as allowed; then the chunk is left for later', async () => {
    await withRun(options('exhausted'), async (run) => {
      expect(await run.work()).toBe(75);

      const { failure } = run.complaints()[0]!;
      expect(failure.class).toBe('THROTTLE');
      expect(failure.message).toMatch(/gave up after 3 tries at record 1 .*RetryRecordError: never/);
    });
  });

  test('or the record goes to quarantine, if the processor says so', async () => {
    await withRun(options('exhaustedSkip'), async (run) => {
      expect(await run.work()).toBe(0);

      expect(await run.quarantined()).toEqual([
        expect.objectContaining({ record: 1, class: 'RETRIES', reason: 'gave up after 3 tries: RetryRecordError: never' }),
      ]);
    });
  });

  test('follows a try that took too long, whose signal is aborted', async () => {
    await withRun(options('slow'), async (run) => {
      expect(await run.work()).toBe(0);

      expect((await run.quarantined())[0]).toMatchObject({
        record: 1,
        reason: 'gave up after 3 tries: TimeoutError: gave no answer within 20 ms',
      });
      expect((await run.rows(JSONL)).map(({ aborted }) => aborted)).toEqual(['0', '3', '3']);
    });
  });
});

describe('a limit on calls', () => {
  test('spreads them over time', async () => {
    await withRun(options('limited', { files: [numbers(110)] }), async (run) => {
      expect(await run.work()).toBe(0);

      const at = (await run.rows(JSONL)).map((row) => Number(row.at));
      expect(at.at(-1)! - at[0]!).toBeGreaterThanOrEqual(90);
    });
  });

  test('per task: the chunk that would pass it is left to another task, before its first call', async () => {
    await withRun(options('budget', { files: [numbers(6)], chunkBytes: 14 }), async (run) => {
      expect(run.chunks).toHaveLength(2);

      expect(await run.work()).toBe(75);

      expect(run.markers()).toHaveLength(1);
      expect(run.complaints()[0]!.failure).toMatchObject({
        class: 'THROTTLE',
        message: expect.stringMatching(/allows a task 4 calls, of which 1 are left/),
      });
    });
  });

  test('per task: a chunk with more records than that can never be done', async () => {
    await withRun(options('tight'), async (run) => {
      expect(await run.work()).toBe(78);

      expect(run.complaints()[0]!.failure.message).toMatch(/a chunk has 4 records, rateLimit.perTask allows a task 3 calls/);
    });
  });
});

describe('counting', () => {
  test('sums by name, also in open and close, and stands in the marker', async () => {
    await withRun(options('counts'), async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.marker().metrics).toEqual({ opened: 1, 'sum of n': 10, closed: 0.5 });
    });
  });

  test.each([
    ['badName', /the name "__proto__", expected a letter/],
    ['badBy', /count\("x"\) was given NaN/],
    ['manyNames', /more than 100 names, the last one "name 100"/],
  ])('refuses what cannot be shown (%s)', async (name, message) => {
    await withRun(options(name), async (run) => {
      expect(await run.work()).toBe(70);

      expect(run.complaints()[0]!.failure.message).toMatch(message);
    });
  });
});

test.each([
  ['badConcurrency', 78, 'CONFIG', /concurrency is 0/],
  ['badRate', 78, 'CONFIG', /rateLimit.perSecond is -1/],
  ['badRetry', 78, 'CONFIG', /retry.onExhausted is "explode"/],
  ['openThrows', 70, 'CODE', /open of the processor threw TypeError: no table/],
  ['openRetries', 75, 'THROTTLE', /open of the processor threw RetryRecordError: busy/],
  ['closeThrows', 70, 'CODE', /close of the processor threw TypeError: no end/],
  ['bothThrow', 70, 'CODE', /threw at record 0 .*TypeError: no start/],
  ['bigint', 70, 'CODE', /a row that cannot be JSON: .*BigInt/],
])('%s fails the chunk as it should', async (name, code, failureClass, message) => {
  await withRun(options(name), async (run) => {
    expect(await run.work()).toBe(code);

    expect(run.complaints()[0]!.failure).toMatchObject({ class: failureClass, message: expect.stringMatching(message) });
    expect(run.markers()).toEqual([]);
  });
});

test('a record is a plain object in every way that a function can look at it', async () => {
  await withRun(options('whole', { files: ['n,s\n1,\n'] }), async (run) => {
    await run.work();
    await run.publish();

    expect(JSON.parse(run.output.text(run.output.keys()[0]!))).toEqual({
      keys: ['n', 's'],
      spread: { n: 1, s: null },
      json: '{"n":1,"s":null}',
      own: true,
      proto: true,
    });
  });
});
