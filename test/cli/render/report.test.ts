import { renderReport } from '../../../cli/render/report';
import { renderRows } from '../../../cli/render/rows';
import type { Report } from '../../../core/report/report-contract';
import { aFailure, aReport } from '../support';

const options = { stateDir: '/state', colors: false };
/** Cells of the table, without its lines. */
const cells = (text: string) => text.split('\n').map((line) => line.replaceAll('│', '').replace(/ +/g, ' ').trim());

describe('the final table', () => {
  const text = renderReport(aReport(), { ...options, reportPath: '/state/s3/state/runs/orders-1/report.json' });

  test.each([
    'orders SUCCEEDED orders-1',
    'records read 3,000,000',
    'written 2,999,990',
    'filtered 7',
    'quarantined 3',
    'books BALANCED (1 check)',
    'output 13 parts, 20.0 MiB from 100.9 MiB',
    'work 13 chunks in 4 tasks',
    'duration 8.5 s',
    'Plan 0.4 s',
    'Round 6.1 s',
    'throughput 352,941 records/s, 11.9 MiB/s',
    'on Fargate $0.0012, of which wasted $0',
    'published to s3://out/orders/orders-1/',
    'manifest /state/s3/out/orders/orders-1/_manifest.json',
    'quarantine 3 records in /state/s3/state/runs/orders-1/quarantine.json',
    'report /state/s3/state/runs/orders-1/report.json',
  ])('says: %s', (line) => {
    expect(cells(text)).toContain(line);
  });
});

test('books that do not balance show the checks that failed', () => {
  const checks = [
    { name: 'rows', ok: false, expected: '10', actual: '9' },
    { name: 'bytes', ok: true, expected: '1', actual: '1' },
  ];

  const lines = cells(renderReport(aFailure({ reconciliation: { verdict: 'MISMATCH', checks } }), options));

  expect(lines).toContain('books MISMATCH (2 checks)');
  expect(lines).toContain('rows: expected 10, actual 9');
  expect(lines.join()).not.toContain('bytes: expected');
});

test('bad records are told by class, with what is wrong with most of them, in one line each', () => {
  const reasons = [
    { class: 'TYPE' as const, reason: 'column "n" must be integer', records: 1200 },
    { class: 'PARSE' as const, reason: `\u001b[2J${'x'.repeat(200)}`, records: 1 },
  ];
  const quarantine = { uri: 's3://state/q.json', records: 1201, classes: { TYPE: 1200, PARSE: 1 }, reasons };
  const text = renderReport(aReport({ quarantine }), options);

  expect(cells(text)).toEqual(expect.arrayContaining(['TYPE 1,200, PARSE 1', 'TYPE 1,200: column "n" must be integer']));
  expect(text).toMatch(/PARSE 1: \\u\{1b\}\[2Jx{80,}…/);
});

test("the workers' own measures say where the time went and what was needed", () => {
  const worker = {
    seconds: { fetch: 1.25, process: 3 },
    cpuSeconds: 4,
    childCpuSeconds: 1,
    peakRssBytes: 300 * 1024 * 1024,
    retries: 2,
    engines: { node: ['v22.1.0'], duckdb: ['v1.5.5', 'v1.5.6'] },
  };

  const lines = cells(renderReport(aReport({ worker }), options));

  expect(lines).toEqual(
    expect.arrayContaining([
      'workers 5.0 s of CPU, 300.0 MiB of memory at most',
      'fetch 1.3 s',
      'process 3.0 s',
      '2 requests sent again',
      'node v22.1.0, duckdb v1.5.5, v1.5.6',
    ]),
  );
});

test('a failure is red: its class, what happened, what to do', () => {
  const text = renderReport(aFailure(), { ...options, colors: true });

  expect(text).toContain('\u001b[31m\u001b[1mCODE\u001b[22m: the worker exited with 70');
  expect(text).toContain('\u001b[31mwhat to do: read the log of the task');
});

test('an error text cannot steer the terminal', () => {
  const failure = { class: 'DATA', message: '\u001b[2Jgone', hint: 'a\nb' } as const;

  expect(renderReport(aFailure({ failure }), options)).toContain('DATA: \\u{1b}[2Jgone\nwhat to do: a\\nb\n');
});

test('a run that went as planned has no word about rounds', () => {
  expect(renderReport(aReport(), options)).not.toContain('rounds');
});

test('rounds are told with what they were for, what went wrong in them, and what that cost', () => {
  const rounds: Report['rounds'] = [
    { round: 0, tasks: 4, chunks: 16, attempts: 5, failures: { OOM: 1 }, retried: { SPOT: 1 }, cost: { usd: 0.5, wastedUsd: 0.25 } },
    { round: 1, tasks: 1, chunks: 1, failures: {}, waitSeconds: 3, because: [{ class: 'OOM', chunks: 1, message: 'killed\u001b[2J' }] },
  ];

  const lines = cells(renderReport(aReport({ rounds, chunks: { planned: 16, committed: 17, redone: 0, bisected: 1 } }), options));

  expect(lines).toContain('work 16 chunks in 4 tasks, 1 cut in search of bad records');
  expect(lines).toContain('rounds 0: 16 chunks in 4 tasks, 5 attempts; made good by Batch: SPOT 1; failed: OOM 1; $0.50, wasted $0.25');
  expect(lines).toContain('1: 1 chunk in 1 task, 1 attempt, after OOM (killed\\u{1b}[2J); 3.0 s of pause');
});

test('of very many rounds the last ones are shown', () => {
  const rounds = Array.from({ length: 30 }, (_, round) => ({ round, tasks: 1, chunks: 1, failures: {} }));

  const lines = cells(renderReport(aReport({ rounds }), options));

  expect(lines).toContain('rounds 18 rounds before these: see the report');
  expect(lines.filter((line) => /^\d+: 1 chunk in/.test(line))).toHaveLength(12);
});

test('sample rows stand side by side, one line per column, cut to fit', () => {
  const text = renderRows({
    columns: ['id', 'a column name that is much too long'],
    rows: [
      ['1', 'x'],
      ['2', 'a value that is much too long'],
    ],
  });

  expect(cells(text)).toEqual(
    expect.arrayContaining(['column record 1 record 2', 'id 1 2', 'a column name that is m… x a value that is mu…']),
  );
});

test('rows that are not records, and what a processor counted, are shown', () => {
  const report = aReport({ records: { read: 10, written: 4, filtered: 6, quarantined: 0, rows: 9 }, metrics: { calls: 1200 } });

  const lines = cells(renderReport(report, options));

  expect(lines).toContain('written 4 as 9 rows');
  expect(lines).toContain('counted calls 1,200');
});
