import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Chunk } from '../../core/contracts';
import { chunkId } from '../../core/keys';
import { type ARun, type RunOptions, withRun } from './a-run';

/** Scripts for Node; `fs` and `path` are at hand, and so are the places of the chunk. */
const HEAD = `const fs = require('fs'), path = require('path');
  const { BATCHWRIGHT_IN: input, BATCHWRIGHT_OUT: out, BATCHWRIGHT_FILES: list, BATCHWRIGHT_ANSWERS: answers } = process.env;
  const say = (answer) => fs.appendFileSync(answers, JSON.stringify(answer) + '\\n');
  const lines = () => fs.readFileSync(list, 'utf8').trim().split('\\n').map((line) => JSON.parse(line));`;

const command = (script: string, ...more: string[]) => [process.execPath, '-e', `${HEAD}\n${script}`, ...more];

/** Copies every file, in capitals where its name says text. */
const COPY = `for (const name of fs.readdirSync(input)) fs.copyFileSync(path.join(input, name), path.join(out, name));`;

interface FilesOptions extends Partial<RunOptions> {
  readonly script?: string;
  readonly timeout?: number;
  readonly command?: readonly string[];
}

const options = ({ script = COPY, timeout, command: given, files = ['one', 'two', ''], ...more }: FilesOptions = {}): RunOptions => ({
  files,
  spec: {
    input: { prefix: 'incoming/', format: 'files' },
    process: { command: given ?? command(script), ...(timeout && { timeout }) },
    output: { format: 'files' },
  },
  chunks: [Chunk.parse({ id: chunkId(0), ranges: files.map((file, object) => ({ object, start: 0, end: Buffer.byteLength(file) })) })],
  ...more,
});

const published = async (run: ARun) =>
  Object.fromEntries(
    await Promise.all(
      (await run.publish()).map(async (key) => [key.split('/').slice(2).join('/'), (await run.output.read(key)).toString('latin1')]),
    ),
  );

describe('files that go through a program', () => {
  test('arrive byte for byte and come back under their own names, in the folder of their chunk', async () => {
    const binary = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await withRun(options({ files: ['one', binary, ''] }), async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.counts()).toEqual({ read: 3, written: 3, filtered: 0, quarantined: 0 });
      expect(run.marker().read).toEqual(
        [3, 256, 0].map((end, object) => ({ object, start: 0, end, records: 1, checksum: run.plan.objects[object]!.checksum })),
      );
      expect(run.marker().bytes).toEqual({ read: 259, written: 259 });
      expect(await published(run)).toEqual({
        '0000000/0000-file-0': 'one',
        '0000000/0001-file-1': binary.toString('latin1'),
        '0000000/0002-file-2': '',
      });
    });
  });

  test('are listed with what they are, and many may become one', async () => {
    const script = `fs.mkdirSync(path.join(out, 'a')); fs.writeFileSync(path.join(out, 'a', 'all files.json'), JSON.stringify(lines()));`;
    await withRun(options({ script }), async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.marker().counts).toEqual({ read: 3, written: 3, filtered: 0, quarantined: 0, rows: 1 });
      const [[name, text]] = Object.entries(await published(run)) as [[string, string]];
      expect(name).toBe('0000000/a/all files.json');
      expect(JSON.parse(text)).toEqual(
        run.plan.objects.map(({ bucket, key, versionId, bytes }, i) => ({ file: `000${i}-file-${i}`, bucket, key, versionId, bytes })),
      );
    });
  });

  test('can be filtered or skipped one by one; a skipped one is quarantined by reference, with its first bytes', async () => {
    const script = `const [a, b, c] = lines(); say({ file: a.file, skip: 'too red' }); say({ file: b.file, filter: true }); say({ file: c.file, ok: true });`;
    await withRun(options({ script, files: ['x'.repeat(5000), 'two', 'three'] }), async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.counts()).toEqual({ read: 3, written: 1, filtered: 1, quarantined: 1 });
      const { key, versionId } = run.plan.objects[0]!;
      expect(await run.quarantined()).toMatchObject([
        { key, versionId, offset: 0, record: 0, class: 'SKIPPED', reason: 'too red', raw: 'x'.repeat(1024) },
      ]);
    });
  });

  test('are found by words in the command too, and the program gets no input and says what it likes', async () => {
    const script = 'cp "$1"/* "$2" && wc -l < "$3" && cat && printf "%s\\n" \'{"file":"0000-file-0","filter":true}\' > "$4"';
    const words = ['sh', '-c', script, 'sh', '{in}', '{out}', '{files}', '{answers}'];
    await withRun(options({ command: words }), async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.counts()).toEqual({ read: 3, written: 2, filtered: 1, quarantined: 0 });
      expect(Object.keys(await published(run))).toHaveLength(3);
      expect(run.logged.find((line) => line.includes('command stdout'))).toMatch(/"text":" *3"/);
    });
  });

  test('the program sees no credentials, and its home is empty', async () => {
    const script = `fs.writeFileSync(path.join(out, 'seen'), JSON.stringify([Object.keys(process.env).sort(), fs.readdirSync(process.env.HOME), fs.readdirSync(out)]));`;
    await withRun(options({ script }), async (run) => {
      expect(await run.work()).toBe(0);

      const [[, text]] = Object.entries(await published(run)) as [[string, string]];
      const variables = ['BATCHWRIGHT_ANSWERS', 'BATCHWRIGHT_FILES', 'BATCHWRIGHT_IN', 'BATCHWRIGHT_OUT', 'HOME', 'PATH', 'TMPDIR'];
      expect(JSON.parse(text)).toEqual([variables, [], []]);
    });
  });

  test('large ones do not go through memory', async () => {
    const large = Buffer.alloc(40 * 1024 * 1024, 'abc');
    await withRun(options({ files: [large] }), async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.marker().read[0]!.checksum).toEqual(run.plan.objects[0]!.checksum);
      expect(run.marker().parts[0]!.checksum.value).toBe(run.plan.objects[0]!.checksum!.value);
    });
  });

  test('nothing may come of them, and a chunk done twice is done once', async () => {
    await withRun(options({ script: '' }), async (run) => {
      expect(await run.work()).toBe(0);
      expect(await run.work({ attempt: 2 })).toBe(0);

      expect(run.markers()).toHaveLength(1);
      expect(run.marker()).toMatchObject({ parts: [], counts: { read: 3, written: 3 } });
    });
  });
});

describe('what a program may not leave behind', () => {
  test.each([
    ['a link', "fs.symlinkSync('/etc/passwd', path.join(out, 'a'));", /made "a", which is a link/],
    ['a link to a folder', "fs.symlinkSync('/etc', path.join(out, 'a'));", /made "a", which is a link/],
    ['a pipe', "require('child_process').execFileSync('mkfifo', [path.join(out, 'a')]);", /made "a", which is no file/],
    [
      'a hidden file',
      "fs.mkdirSync(path.join(out, 'd')); fs.writeFileSync(path.join(out, 'd', '.a'), '');",
      /made "d\/\.a", which begins with a dot/,
    ],
    [
      'a name that steers a terminal',
      "fs.writeFileSync(path.join(out, '\\x1b[31m'), '');",
      /made "\\\\u\{1b\}\[31m", which has a control character/,
    ],
    ['a name that is no text', "fs.writeFileSync(Buffer.concat([Buffer.from(out + '/'), Buffer.from([0xff])]), '');", /is not UTF-8/],
    ['too many files', "for (let i = 0; i < 1001; i++) fs.writeFileSync(path.join(out, String(i)), '');", /more than 1000 files/],
    ['folders without end', "fs.mkdirSync(path.join(out, ...Array(20).fill('d')), { recursive: true });", /more than 16 folders deep/],
    ['an answer about another file', "say({ file: '../x', skip: 'y' });", /is about "..\/x", which is none of the input files/],
    ['two answers about one file', 'for (const _ of [1, 2]) say({ file: lines()[0].file, ok: true });', /once more/],
    ['an answer that is none', "fs.writeFileSync(answers, 'Traceback\\n');", /is no answer: "Traceback"/],
    ['answers that are a link', "fs.symlinkSync('/etc/passwd', answers);", /made a link of its answers/],
    ['answers that are a folder', 'fs.mkdirSync(answers);', /something else than a file/],
    ['answers that are a pipe', "require('child_process').execFileSync('mkfifo', [answers]);", /something else than a file/],
    ['answers without end', 'fs.writeFileSync(answers, Buffer.alloc(5 << 20, 32));', /5242880 bytes, allowed: 4194304/],
  ])('%s fails the chunk by name', async (_, script, message) => {
    await withRun(options({ script }), async (run) => {
      expect(await run.work()).toBe(70);

      expect(run.complaints()[0]!.failure).toMatchObject({ class: 'CODE', message: expect.stringMatching(message) });
      expect(run.markers()).toEqual([]);
    });
  });
});

describe('a program that goes wrong', () => {
  test.each([
    ['process.exit(65)', 65, 'DATA', /ended with exit code 65 over 3 files/],
    ['process.exit(1)', 70, 'CODE', /ended with exit code 1 over 3 files/],
    ['process.exit(75)', 75, 'UNKNOWN', /ended with exit code 75/],
    ['process.exit(78)', 78, 'CONFIG', /ended with exit code 78/],
    ["process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000)", 75, 'OOM', /ended with SIGKILL/],
  ])('%s fails the chunk', async (script, code, failureClass, message) => {
    await withRun(options({ script }), async (run) => {
      expect(await run.work()).toBe(code);

      expect(run.complaints()[0]!.failure).toMatchObject({ class: failureClass, message: expect.stringMatching(message) });
      expect(run.markers()).toEqual([]);
    });
  });

  test('one that takes too long is stopped, and the job may have fewer files in a chunk', async () => {
    await withRun(options({ script: "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)", timeout: 0.3 }), async (run) => {
      expect(await run.work()).toBe(75);

      expect(run.complaints()[0]!.failure).toMatchObject({
        class: 'TIMEOUT',
        message: 'the command was not done with 3 files after 0.3 s',
      });
    });
  });

  test('one that does not exist is a fault of the configuration', async () => {
    await withRun(options({ command: ['no-such-program'] }), async (run) => {
      expect(await run.work()).toBe(78);
    });
  });

  test('it ends with its worker', async () => {
    await withRun(options({ script: 'setInterval(() => {}, 1000)' }), async (run) => {
      const controller = new AbortController();
      const working = run.work({}, controller.signal);
      setTimeout(() => controller.abort(), 300);

      expect(await working).toBe(143);
    });
  });
});

test('a file that does not arrive as S3 holds it is fetched again, and then given up', async () => {
  await withRun(options(), async (run) => {
    const read = jest.spyOn(run.input, 'read').mockImplementation(async (key) => Buffer.from(key.endsWith('0') ? 'onE' : 'two'));

    expect(await run.work()).toBe(75);

    expect(run.complaints()[0]!.failure.message).toMatch(/file-0 did not arrive as S3 holds it, 2 times/);
    expect(read.mock.calls.filter(([key]) => key.endsWith('file-0'))).toHaveLength(2);
  });
});

test('a range of a file is refused', async () => {
  const chunks = [Chunk.parse({ id: chunkId(0), ranges: [{ object: 0, start: 1, end: 3 }] })];
  await withRun({ ...options({ files: ['one'] }), chunks }, async (run) => {
    expect(await run.work()).toBe(78);

    expect(run.complaints()[0]!.failure.message).toMatch(/reads bytes 1 to 3 .* which has 3/);
  });
});

test('a program in the jobs folder is found from there', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'programs-'));
  try {
    writeFileSync(path.join(folder, 'copy.sh'), 'cp "$BATCHWRIGHT_IN"/* "$BATCHWRIGHT_OUT"\n');
    await withRun(options({ command: ['sh', 'copy.sh'], jobsFolder: folder }), async (run) => {
      expect(await run.work()).toBe(0);

      expect(Object.keys(await published(run))).toHaveLength(3);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
