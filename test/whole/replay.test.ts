import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { QuarantinedRecord } from '../../core/contracts';
import type { Report } from '../../core/report/report-contract';
import { batchwright, reportOf } from '../support/command';

/** Bad records taken out, corrected around, and processed again: on the real templates, judged by Python. */

const base = mkdtempSync(path.join(os.tmpdir(), 'batchwright-replay-'));
const place = { state: path.join(base, 'state'), jobs: path.join(base, 'jobs') };
afterAll(() => rmSync(base, { recursive: true, force: true }));
jest.setTimeout(600_000);

function write(file: string, content: string | Buffer): string {
  const target = path.join(base, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, content);
  return target;
}

const schema = (type: string): void =>
  void write('jobs/amount.schema.json', JSON.stringify({ type: 'object', properties: { amount: { type } }, required: ['amount'] }));

const words = (bad: string): void =>
  void write(
    'jobs/words.yaml',
    [
      'name: words',
      'input: { prefix: incoming/words/, format: files }',
      `process: { command: [python3, -c, "import json, os; e = os.environ; [print(json.dumps({'file': f['file'], 'skip': 'bad'}), file=open(e['BATCHWRIGHT_ANSWERS'], 'a')) if '${bad}' in open(e['BATCHWRIGHT_IN'] + '/' + f['file'], encoding='latin1').read() else open(e['BATCHWRIGHT_OUT'] + '/' + f['file'], 'w').write('done') for f in map(json.loads, open(e['BATCHWRIGHT_FILES']))]"] }`,
      'output: { format: files }',
      'errors: { skipLimit: 5 }',
    ].join('\n'),
  );

/** Python takes the records out of the file by their offsets, and knows latin1 and CSV by itself. */
const JUDGE = `
import csv, gzip, json, sys
original, exported, listed, rows = sys.argv[1:5]
stored = gzip.open(original).read()
records = json.load(open(listed))['records']
slices = [stored[r['offset']:r['offset'] + r['rawBytes']] for r in records]
ends = [stored[r['offset'] + r['rawBytes']:].split(b'\\n', 1)[0] + b'\\n' for r in records]
assert all(end in (b'\\n', b'\\r\\n') for end in ends), ends
assert open(exported, 'rb').read() == b''.join(s + e for s, e in zip(slices, ends)), 'export --raw is not what stands in the file'
names = [next(csv.reader([s.decode('latin1')], delimiter=';'))[0] for s in slices]
published = [json.loads(line)['name'] for line in open(rows, encoding='utf8')]
assert published == names, (published, names)
print(json.dumps(names))
`;

const LINES = ['Groß;1\r\n', 'Müller;zwei\n', '"Jür;gen";drei\r\n', 'Ä;4\n'];
const original = write('umlauts.csv.gz', gzipSync(Buffer.from(`name;amount\r\n${LINES.join('')}`, 'latin1')));

const run = async (...args: readonly string[]): Promise<Report> => reportOf(await batchwright(args, place));

function partOf({ output }: Report): string {
  const folder = output.localPath ?? '';
  return path.join(folder, readdirSync(folder).find((name) => name.startsWith('part-')) ?? '');
}

async function listed(runId: string): Promise<{ readonly file: string; readonly records: readonly QuarantinedRecord[] }> {
  const { stdout } = await batchwright(['quarantine', 'list', runId], place);
  return { file: write(`${runId}.json`, stdout), records: JSON.parse(stdout).records };
}

beforeAll(() => {
  schema('integer');
  words('bad');
  write(
    'jobs/umlauts.yaml',
    [
      'name: umlauts',
      'input: { prefix: incoming/umlauts/, format: csv, csv: { delimiter: ";" }, encoding: latin1, compression: gzip, schema: amount.schema.json }',
      'process: { sql: SELECT * FROM input }',
      'output: { format: jsonl }',
      'errors: { skipLimit: 5 }',
    ].join('\n'),
  );
});

let first: Report;

test('records in latin1 of a job that takes gzip alone are exported as they stand, and replayed twice in a row', async () => {
  first = await run('run', 'umlauts', original);
  const bad = await listed(first.runId);
  const exported = path.join(base, 'bad.csv');
  await batchwright(['quarantine', 'export', first.runId, '--out', exported, '--raw'], place);
  const still = await run('quarantine', 'replay', first.runId);
  const worse = await listed(still.runId);
  schema('string');
  const replayed = await run('quarantine', 'replay', still.runId);

  expect(first).toMatchObject({ status: 'SUCCEEDED', records: { read: 4, written: 2, quarantined: 2 } });
  expect(still).toMatchObject({ status: 'SUCCEEDED', records: { read: 2, written: 0, quarantined: 2 } });
  const replayKey = `requests/umlauts/replays/${first.runId}/replay-${first.runId}-0.csv`;
  expect(worse.records.map(({ key, rawBase64 }) => [key, rawBase64])).toEqual(bad.records.map(({ rawBase64 }) => [replayKey, rawBase64]));
  expect(replayed).toMatchObject({ status: 'SUCCEEDED', records: { read: 2, written: 2, quarantined: 0 } });
  const judged = execFileSync('python3', ['-c', JUDGE, original, exported, bad.file, partOf(replayed)], { encoding: 'utf8' });
  expect(JSON.parse(judged)).toEqual(['Müller', 'Jür;gen']);
});

test('the same records are one run, and a run over the prefix reads none of them again', async () => {
  const bucket = first.input[0]?.bucket ?? '';

  const [one, two] = [await run('quarantine', 'replay', first.runId), await run('quarantine', 'replay', first.runId)];
  const over = await run('run', 'umlauts', `s3://${bucket}/incoming/umlauts/`);

  expect(two).toEqual(one);
  expect(over).toMatchObject({ status: 'SUCCEEDED', records: { read: 4, written: 4 } });
  expect(over.input.map(({ key }) => key)).toEqual(['incoming/umlauts/umlauts.csv.gz']);
});

test('a replay has the types that its run inferred, and is run anew once the job is mended', async () => {
  const amounts = (query: string): void =>
    void write(
      'jobs/amounts.yaml',
      `name: amounts\ninput: { prefix: incoming/amounts/, format: csv }\nprocess: { sql: "${query}" }\noutput: { format: jsonl }\nerrors: { skipLimit: 1 }\n`,
    );
  amounts('SELECT id, amount FROM input');
  const found = await run(
    'run',
    'amounts',
    write('amounts.csv', `id,amount\n1,n/a\n${Array.from({ length: 20 }, (_, i) => `${i + 2},${i}\n`).join('')}`),
  );
  const unmended = await run('quarantine', 'replay', found.runId);
  amounts('SELECT id, coalesce(amount, -1) AS amount FROM input');
  const mended = await run('quarantine', 'replay', found.runId);

  expect(found).toMatchObject({ status: 'SUCCEEDED', records: { written: 20, quarantined: 1 } });
  expect(unmended).toMatchObject({ status: 'SUCCEEDED', records: { read: 1, written: 0, quarantined: 1 } });
  expect(unmended.quarantine?.classes).toEqual({ TYPE: 1 });
  expect(mended.runId).not.toBe(unmended.runId);
  expect(mended).toMatchObject({ records: { read: 1, written: 0, quarantined: 1 } });
});

test('whole files are replayed where they lie', async () => {
  const file = write('words.bin', Buffer.from([0x62, 0x61, 0x64, 0xff, 0x00]));
  const found = await run('run', 'words', file);
  const exported = path.join(base, 'words.out');
  const ended = await batchwright(['quarantine', 'export', found.runId, '--out', exported, '--raw'], place);
  words('worse');
  const replayed = await run('quarantine', 'replay', found.runId);

  expect(found).toMatchObject({ status: 'SUCCEEDED', records: { read: 1, written: 0, quarantined: 1 } });
  expect(ended).toMatchObject({ code: 0 });
  expect(readFileSync(exported)).toEqual(readFileSync(file));
  expect(replayed).toMatchObject({ status: 'SUCCEEDED', records: { read: 1, written: 1, quarantined: 0 } });
  expect(replayed.runId).not.toBe(found.runId);
  expect(replayed.input).toEqual(found.input);
});
