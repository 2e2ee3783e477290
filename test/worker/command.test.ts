import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { withRun } from './a-run';

const PROGRAMS: Readonly<Record<string, string>> = {
  each: `const rl = require('readline').createInterface({ input: process.stdin });
    rl.on('line', (line) => { const r = JSON.parse(line);
      console.log(JSON.stringify(r.n % 3 === 0 ? { filter: true } : r.n % 5 === 0 ? { skip: 'five' } : { ok: { n: r.n } })); });`,
  atTheEnd: `let all = ''; process.stdin.on('data', (d) => { all += d; });
    process.stdin.on('end', () => { for (const line of all.trim().split('\\n')) console.log(JSON.stringify({ ok: JSON.parse(line) })); });`,
  environment: `process.stdin.resume(); console.error('a'.repeat(200000)); console.log(JSON.stringify({ ok: { names: Object.keys(process.env).sort() } }));`,
  crash: `const rl = require('readline').createInterface({ input: process.stdin }); let n = 0;
    rl.on('line', (line) => { if (n++ === 2) process.exit(9); process.stdout.write(JSON.stringify({ ok: JSON.parse(line) }) + '\\n'); });`,
  garbage: "process.stdin.resume(); console.log('Traceback');",
  unknownAnswer: 'process.stdin.resume(); console.log(JSON.stringify({ okay: {} }));',
  tooMany: `process.stdin.resume(); for (let i = 0; i < 20; i++) console.log('{"filter":true}');`,
  tooFew: 'process.stdin.resume();',
  exit65: 'process.exit(65)',
  exit75: 'process.exit(75)',
  exit78: 'process.exit(78)',
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'programs-'));
  for (const [name, source] of Object.entries(PROGRAMS)) writeFileSync(path.join(folder, `${name}.js`), source);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = (command: readonly string[], records = 10) => ({
  files: [`n,s\n${Array.from({ length: records }, (_, i) => `${i + 1},x\n`).join('')}`],
  spec: { input: { prefix: 'incoming/', format: 'csv' }, process: { command }, output: { format: 'jsonl' } },
  schemas: { input: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] } },
  jobsFolder: folder,
});
const program = (name: string) => [process.execPath, `${name}.js`];
const JSONL = "SELECT * FROM read_json(FILES, format = 'newline_delimited')";

test('answers are taken in order: written, filtered, skipped', async () => {
  await withRun({ ...options(program('each'), 30), chunkBytes: 60 }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toEqual({ read: 30, written: 16, filtered: 10, quarantined: 4 });
    expect((await run.rows(JSONL)).map(({ n }) => Number(n))).toEqual([1, 2, 4, 7, 8, 11, 13, 14, 16, 17, 19, 22, 23, 26, 28, 29]);
    expect((await run.quarantined()).map(({ raw, reason }) => [raw, reason])).toEqual([5, 10, 20, 25].map((n) => [`${n},x`, 'five']));
  });
});

test('a program may read everything before it answers, and far more than a pipe holds', async () => {
  await withRun(options(program('atTheEnd'), 50_000), async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toEqual({ read: 50_000, written: 50_000, filtered: 0, quarantined: 0 });
  });
});

test('a program sees no credentials, and the log takes only so much of its stderr', async () => {
  process.env.AWS_SECRET_ACCESS_KEY ??= 'secret';
  await withRun(options(program('environment'), 1), async (run) => {
    expect(await run.work()).toBe(0);

    expect(await run.rows(JSONL)).toEqual([{ names: ['HOME', 'PATH', 'TMPDIR'] }]);
    expect(run.logged.join('').length).toBeLessThan(80_000);
  });
});

test.each([
  ['crash', 70, /exit code 9 \(2 records answered, its last answer was for the record at offset 8\)/],
  ['garbage', 70, /answered "Traceback"/],
  ['unknownAnswer', 70, /answered "\{\\"okay\\":\{\}\}"/],
  ['tooMany', 70, /more lines than it was given records/],
  ['tooFew', 70, /without an answer for 10 records/],
  ['exit65', 65, /exit code 65/],
  ['exit75', 75, /exit code 75/],
  ['exit78', 78, /exit code 78/],
])('a program that goes wrong (%s) exits the task with %i', async (name, code, message) => {
  await withRun(options(program(name)), async (run) => {
    expect(await run.work()).toBe(code);

    expect(run.complaints()[0]!.failure.message).toMatch(message);
    expect(run.markers()).toEqual([]);
  });
});

test('a program that does not exist is a fault of the configuration', async () => {
  await withRun(options(['no-such-program']), async (run) => {
    expect(await run.work()).toBe(78);

    expect(run.complaints()[0]!.failure.message).toMatch(/cannot be started: .*no-such-program/);
  });
});

test('a program is stopped with its worker', async () => {
  await withRun(options([process.execPath, '-e', 'setInterval(() => {}, 1000)']), async (run) => {
    const controller = new AbortController();
    const working = run.work({}, controller.signal);
    setTimeout(() => controller.abort(), 300);

    expect(await working).toBe(143);
    expect(run.markers()).toEqual([]);
  });
});
