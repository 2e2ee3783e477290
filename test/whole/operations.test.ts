import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { SweepRecord } from '../../core/contracts';
import type { Report } from '../../core/report/report-contract';

/** What people do beside starting runs: going on after a failure, stopping one, bad records. On the real templates. */

const ROOT = path.join(__dirname, '..', '..');
const base = mkdtempSync(path.join(os.tmpdir(), 'batchwright-operations-'));
const jobs = path.join(base, 'jobs');
afterAll(() => rmSync(base, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function batchwright(args: readonly string[], killWhen?: () => boolean): Promise<Ended> {
  const common = ['--state', path.join(base, 'state'), '--jobs', jobs, '--json'];
  const child = spawn(process.execPath, ['cli/batchwright.js', ...args, ...common], { cwd: ROOT });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (piece) => {
    said.stdout += piece;
  });
  child.stderr.on('data', (piece) => {
    said.stderr += piece;
  });
  const watch = setInterval(() => killWhen?.() && child.kill('SIGKILL'), 100);
  return new Promise((resolve) =>
    child.on('close', (code) => {
      clearInterval(watch);
      resolve({ code, ...said });
    }),
  );
}

const parsed = <T>({ stdout }: Ended): T => JSON.parse(stdout) as T;

function write(file: string, content: string): string {
  const target = path.join(base, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, content);
  return target;
}

const amounts = (sql: string, skipLimit = 0): void =>
  void write(
    'jobs/amounts.yaml',
    [
      'name: amounts',
      'input: { prefix: incoming/amounts/, format: csv, schema: amount.schema.json }',
      'chunk: { bytes: 10KB }',
      `process: { sql: "${sql}" }`,
      'output: { format: jsonl }',
      // A record that cannot be done fails these runs: it is mended, not set aside.
      `errors: { skipLimit: ${skipLimit}, bisect: false }`,
      'compute: { capacity: on-demand }',
    ].join('\n'),
  );

const schema = (type: string): void => {
  const columns = { properties: { id: { type: 'integer' }, amount: { type } }, required: ['id', 'amount'] };
  write('jobs/amount.schema.json', JSON.stringify({ type: 'object', ...columns }));
};

function rows(report: Report): { id: number; amount: unknown }[] {
  const folder = report.output.localPath ?? '';
  const parts = readdirSync(folder).filter((name) => name.startsWith('part-'));
  const lines = parts.toSorted().flatMap((name) => readFileSync(path.join(folder, name), 'utf8').trim().split('\n'));
  return lines.map((line) => JSON.parse(line) as { id: number; amount: unknown });
}

const CSV = `id,amount\n${Array.from({ length: 3000 }, (_, i) => `${i},${i % 1000 === 7 ? 'seven' : i}\n`).join('')}`;

/** Whether the ledger holds the job id of an array of the job that sleeps. */
const isSubmitted = (): boolean => {
  const buckets = path.join(base, 'state', 's3');
  const files = existsSync(buckets) ? readdirSync(buckets, { recursive: true, encoding: 'utf8' }) : [];
  return files.some((file) => /sleepy-\w+\/rounds\/0\/array-0\.job\.json$/.test(file));
};

jest.setTimeout(180_000);

beforeAll(() => {
  schema('number');
  amounts('SELECT * FROM input');
  write(
    'jobs/poisoned.yaml',
    [
      'name: poisoned',
      'input: { prefix: incoming/poisoned/, format: csv, schema: amount.schema.json }',
      'chunk: { bytes: 10KB }',
      `process: { sql: "SELECT CASE WHEN id = 2500 THEN error('not yet') ELSE id END AS id, amount FROM input" }`,
      'output: { format: jsonl }',
      'errors: { skipLimit: 5 }',
    ].join('\n'),
  );
  write(
    'jobs/sleepy.yaml',
    'name: sleepy\ninput: { prefix: incoming/sleepy/, format: jsonl }\nprocess: { command: [sleep, "600"] }\noutput: { format: jsonl }\n',
  );
});

test('a record that fails every attempt is looked for, set aside and named, and the rest is published', async () => {
  const report = parsed<Report>(await batchwright(['run', 'poisoned', write('poisoned.csv', CSV)]));

  expect(report).toMatchObject({
    status: 'SUCCEEDED',
    records: { read: 3000, written: 2996, quarantined: 4 },
    reconciliation: { verdict: 'BALANCED' },
    chunks: { bisected: 1 },
  });
  expect(report.rounds.length).toBeGreaterThan(3);
  // The first failure may be a wrong guess of where the chunk begins, and is then nobody's.
  expect(report.rounds.flatMap(({ because = [] }) => because)).toContainEqual(
    expect.objectContaining({ class: 'DATA', chunks: 1, message: expect.stringContaining('not yet') }),
  );
  const { records } = parsed<{ records: { class: string; raw: string }[] }>(await batchwright(['quarantine', 'list', report.runId]));
  expect(records.find(({ raw }) => raw === '2500,2500')).toMatchObject({ class: 'DATA' });
  expect(rows(report).map(({ id }) => id)).toEqual(
    Array.from({ length: 3000 }, (_, id) => id).filter((id) => id % 1000 !== 7 && id !== 2500),
  );
});

test('a run that failed goes on from what is committed, once its cause was mended', async () => {
  amounts("SELECT CASE WHEN id = 2500 THEN error('not yet') ELSE id END AS id, amount FROM input", 5);
  const failed = parsed<Report>(await batchwright(['run', 'amounts', write('a.csv', CSV)]));
  amounts('SELECT * FROM input', 5);

  const redriven = await batchwright(['redrive', failed.runId]);

  expect(failed).toMatchObject({ status: 'FAILED', output: { parts: 0 } });
  expect(redriven).toMatchObject({ code: 0 });
  const report = parsed<Report>(redriven);
  expect(report).toMatchObject({
    runId: failed.runId,
    status: 'SUCCEEDED',
    records: { read: 3000, written: 2997, quarantined: 3 },
    reconciliation: { verdict: 'BALANCED' },
    drives: [{ drive: 1 }],
  });
  expect(report.chunks.committed).toBe(report.chunks.planned);
  expect(rows(report).map(({ id }) => id)).toEqual(Array.from({ length: 3000 }, (_, i) => i).filter((i) => i % 1000 !== 7));
  expect(report.pins?.config).not.toBe(failed.pins?.config);
  expect(parsed<Report>(await batchwright(['show', failed.runId]))).toMatchObject({ status: 'SUCCEEDED' });
});

test('a published run is not redriven', async () => {
  const [{ runId }] = parsed<{ runId: string }[]>(await batchwright(['runs'])) as [{ runId: string }];

  const ended = await batchwright(['redrive', runId]);

  expect(ended.code).toBe(2);
  expect(ended.stdout).toContain('was published, so nothing of it is open');
});

test('bad records are listed, exported, and replayed after a fix as a run of their own', async () => {
  const [{ runId }] = parsed<{ runId: string }[]>(await batchwright(['runs'])) as [{ runId: string }];
  const out = path.join(base, 'bad.txt');

  const listed = parsed<{ total: number; records: { reason: string }[] }>(await batchwright(['quarantine', 'list', runId, '--limit', '2']));
  await batchwright(['quarantine', 'export', runId, '--out', out, '--raw']);
  schema('string');
  const replayed = parsed<Report>(await batchwright(['quarantine', 'replay', runId]));

  expect(listed).toMatchObject({ total: 3, records: [{ offset: expect.any(Number) }, {}] });
  expect(readFileSync(out, 'utf8')).toBe('7,seven\n1007,seven\n2007,seven\n');
  expect(replayed).toMatchObject({ status: 'SUCCEEDED', records: { read: 3, written: 3, quarantined: 0 } });
  expect(rows(replayed)).toEqual([7, 1007, 2007].map((id) => ({ id, amount: 'seven' })));
});

test('a run is aborted: its tasks end, nothing is published, and it stays so', async () => {
  const file = write('s.jsonl', '{"a":1}\n');
  await batchwright(['run', 'sleepy', file], isSubmitted);
  const runs = parsed<{ runId: string; job: string }[]>(await batchwright(['runs']));
  const runId = runs.find(({ job }) => job === 'sleepy')?.runId ?? '';

  const aborted = await batchwright(['abort', runId, '--reason', 'wrong file']);
  const again = await batchwright(['abort', runId]);

  expect(aborted.code).toBe(0);
  const report = parsed<Report>(aborted);
  expect(report).toMatchObject({ status: 'ABORTED', failure: { class: 'CANCELLED', message: 'aborted: wrong file' } });
  expect(existsSync(path.join(report.output.localPath ?? '', '_SUCCESS'))).toBe(false);
  expect(again).toMatchObject({ code: 2, stdout: expect.stringContaining('has ended ABORTED already') });
});

test('a sweep by hand says that all is well', async () => {
  const record = parsed<SweepRecord>(await batchwright(['sweep']));

  expect(record.findings).toEqual([]);
});
