import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ARun, withRun } from './a-run';
import { echo, isAlive, pidIn } from './programs';

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
  hugeLine: "process.stdin.resume(); const piece = 'x'.repeat(1e5); for (let i = 0; i < 200; i++) process.stdout.write(piece);",
  notText: 'process.stdin.resume(); process.stdout.write(Buffer.from([123, 255, 125, 10]));',
  neverReads: 'setInterval(() => {}, 1000);',
  closesOutput: "process.stdin.resume(); require('fs').closeSync(1); setInterval(() => {}, 1000);",
  firstThree: `const rl = require('readline').createInterface({ input: process.stdin }); let n = 0;
    rl.on('line', (line) => { require('fs').writeSync(1, '{"ok":' + line + '}\\n'); if (++n === 3) process.exit(0); });`,
  neverEnds: `${echo} setInterval(() => {}, 1000);`,
  killsItself: "process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);",
  segfault: "process.kill(process.pid, 'SIGSEGV'); setInterval(() => {}, 1000);",
  lineSeparator: 'process.stdin.resume(); console.log(JSON.stringify({ ok: { n: String.fromCharCode(0x2028, 13) } }));',
  windows: `process.stdin.resume(); process.stdout.write('{"ok":{"n":1}}\\r\\n{"ok":{"n":2}}\\r\\n{"filter":true}');`,
  screams: `process.stdin.resume(); const say = (text) => process.stderr.write(text);
    say('\\x1b[31mred\\x07\\n' + 'y'.repeat(2500) + '\\n\\n'); say('\\u202e' + 'z'.repeat(200000)); console.log('{"filter":true}');`,
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

const options = (command: readonly string[], records = 10, more: { timeout?: number; maxRecordBytes?: number } = {}) => ({
  files: [`n,s\n${Array.from({ length: records }, (_, i) => `${i + 1},x\n`).join('')}`],
  spec: {
    input: { prefix: 'incoming/', format: 'csv', ...(more.maxRecordBytes && { maxRecordBytes: more.maxRecordBytes }) },
    process: { command, ...(more.timeout && { timeout: more.timeout }) },
    output: { format: 'jsonl' },
  },
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
  ['firstThree', 70, /ended (before it was given every record|without an answer for \d+ records) \(3 records answered/],
  ['hugeLine', 70, /answered a line of more than 16777216 bytes/],
  ['notText', 70, /answered bytes that are not UTF-8/],
  ['closesOutput', 70, /closed its output without an answer for 10 records \(0 records answered, before its first answer\)/],
  ['segfault', 70, /ended with SIGSEGV/],
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

test.each([
  ['neverReads', 5000, 0.3, /gave no answer for 0.3 s \(0 records answered, before its first answer\)/],
  // Long enough to start and answer, however busy the machine is.
  ['neverEnds', 10, 5, /was not done with its last record after 5 s \(10 records answered/],
])('a program that hangs (%s) is given up after the time that the job allows', async (name, records, timeout, message) => {
  await withRun(options(program(name), records, { timeout }), async (run) => {
    expect(await run.work()).toBe(75);

    expect(run.complaints()[0]!.failure).toMatchObject({ class: 'TIMEOUT', message: expect.stringMatching(message) });
  });
});

test('a program that was killed by nobody we know is taken to want more memory', async () => {
  await withRun(options(program('killsItself')), async (run) => {
    expect(await run.work()).toBe(75);

    expect(run.complaints()[0]!.failure).toMatchObject({ class: 'OOM', message: expect.stringContaining('SIGKILL') });
  });
});

test('a crash tells which record was answered last, for whoever looks for the one that it fails on', async () => {
  await withRun({ ...options(program('crash'), 30), chunkBytes: 60 }, async (run) => {
    expect(await run.work()).toBe(70);

    // Of the second chunk, whose first record begins at byte 56.
    expect(run.complaints()[1]).toMatchObject({ lastRecord: 1, lastOffset: expect.any(Number) });
    const { lastOffset } = run.complaints()[1]!;
    expect((await run.input.read('incoming/file-0')).toString('utf8', lastOffset).split('\n')[0]).toMatch(/^\d+,x$/);
  });
});

test('only a line feed ends an answer, and a carriage return before it is no part of it', async () => {
  await withRun(options(program('lineSeparator'), 1), async (run) => {
    expect(await run.work()).toBe(0);

    expect(await run.rows(JSONL)).toEqual([{ n: '\u2028\r' }]);
  });
  await withRun(options(program('windows'), 3), async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toEqual({ read: 3, written: 2, filtered: 1, quarantined: 0 });
    const [part] = await run.publish();
    expect((await run.output.read(part!)).toString()).toBe('{"n":1}\n{"n":2}\n');
  });
});

test('what a program says on stderr is logged line by line, harmless, and only so much of it', async () => {
  await withRun(options(program('screams'), 1), async (run) => {
    expect(await run.work()).toBe(0);

    const said = run.logged.map((line) => JSON.parse(line)).filter(({ event }) => event.startsWith('command stderr'));
    expect(said[0]).toEqual({ event: 'command stderr', text: '\\u{1b}[31mred\\u{7}' });
    expect(said.slice(1, 4).map(({ text }) => text.length)).toEqual([1000, 1000, 500]);
    expect(said[4].text.startsWith('\\u{202e}zzz')).toBe(true);
    expect(said.at(-1)).toEqual({ event: 'command stderr cut', limit: 65_536, dropped: expect.any(Number) });
    expect(run.logged.join('').length).toBeLessThan(80_000);
  });
});

test('an argument that no program can be given is a fault of the configuration', async () => {
  await withRun(options([process.execPath, 'a\u0000b']), async (run) => {
    expect(await run.work()).toBe(78);

    expect(run.complaints()[0]!.failure.message).toMatch(/cannot be started/);
  });
});

describe('processes that a program starts', () => {
  /** Starts a child that ignores SIGTERM and writes its pid down, then does what the script says. */
  const parent = (script: string, spawnOptions = "{ stdio: 'inherit' }") => [
    process.execPath,
    '-e',
    `const stubborn = "process.on('SIGTERM', () => {}); require('fs').writeFileSync(process.argv[1], String(process.pid)); setInterval(() => {}, 1000);";
     require('child_process').spawn(process.execPath, ['-e', stubborn, require('path').join(process.env.HOME, '../../pid')], ${spawnOptions});
     process.on('SIGTERM', () => {});
     ${script}`,
  ];
  const exitsWhenDone = `${echo} process.stdin.on('end', () => { const wait = setInterval(() => {
    if (require('fs').existsSync(require('path').join(process.env.HOME, '../../pid'))) process.exit(0); }, 20); });`;
  const pidOf = (run: ARun) => pidIn(path.join(run.folder, 'pid'));

  test('end with it, even when both ignore SIGTERM', async () => {
    await withRun(options(parent('setInterval(() => {}, 1000);')), async (run) => {
      const controller = new AbortController();
      const working = run.work({}, controller.signal);
      const pid = await pidOf(run);

      controller.abort();

      expect(await working).toBe(143);
      expect(await isAlive(pid)).toBe(false);
    });
  });

  test('and outlive it in its group are ended, and keep no one waiting for their output', async () => {
    await withRun(options(parent(exitsWhenDone)), async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.counts()).toMatchObject({ read: 10, written: 10 });
      await sleep(100);
      expect(await isAlive(await pidOf(run))).toBe(false);
    });
  });

  test('and leave its group keep no one waiting for their output', async () => {
    await withRun(options(parent(exitsWhenDone, "{ stdio: 'inherit', detached: true }")), async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.counts()).toMatchObject({ read: 10, written: 10 });
      process.kill(await pidOf(run), 'SIGKILL');
    });
  });
});
