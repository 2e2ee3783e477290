import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { quarantineIndexKey, quarantineKey } from '../../../core/keys';
import { aReport, aSpec, batchwright, FakeCloud, tempFolder, writeFiles, writeRun } from '../support';

const record = (offset: number, overrides: Record<string, unknown> = {}) => ({
  schema: 'quarantine.v1',
  bucket: 'in',
  key: 'incoming/orders/a.csv',
  versionId: 'v1',
  offset,
  record: offset / 10,
  class: 'TYPE',
  reason: 'column "amount" must be number',
  raw: `${offset},x`,
  attempt: 1,
  ...overrides,
});

const base = tempFolder();
let states = 0;

/** A run with bad records in one quarantine object. */
function aQuarantine(records: readonly Record<string, unknown>[]): string {
  const stateDir = join(base, `state-${states++}`);
  writeRun(stateDir, aReport());
  const key = quarantineKey('orders-1', '0000000', 'w');
  const index = { schema: 'quarantine-index.v1', objects: [{ chunk: '0000000', key, records: records.length }] };
  writeFiles(join(stateDir, 's3/state'), { [quarantineIndexKey('orders-1')]: JSON.stringify(index) });
  const file = join(stateDir, 's3/state', key);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, gzipSync(records.map((one) => `${JSON.stringify(one)}\n`).join('')));
  // Of a worker that lost, and of a chunk that was cut since.
  for (const [chunk, writer] of [
    ['0000000', 'loser'],
    ['0000001', 'w'],
  ] as const) {
    const other = record(990, { raw: `${chunk} ${writer}` });
    writeFileSync(join(stateDir, 's3/state', quarantineKey('orders-1', chunk, writer)), gzipSync(`${JSON.stringify(other)}\n`));
  }
  return stateDir;
}

const jobsFolder = join(base, 'jobs');
writeFiles(jobsFolder, { 'orders.yaml': aSpec('orders') });

/** A cloud that holds the file that the records came from. */
function aCloud(): FakeCloud {
  const cloud = new FakeCloud();
  cloud.objects.set('incoming/orders/a.csv', { content: 'id,amount\n0,x\n10,x\n', versions: 1 });
  return cloud;
}

const replay = (state: string, cloud: FakeCloud, ...more: readonly string[]) =>
  batchwright(['quarantine', 'replay', 'orders', '--state', state, '--jobs', jobsFolder, ...more], { openCloud: async () => cloud });

test('list counts the classes and shows the first records, for programs and for people', async () => {
  const state = aQuarantine([record(0), record(10), record(20, { class: 'PARSE', reason: 'has 1 fields, expected 2' })]);

  const json = await batchwright(['quarantine', 'list', 'orders', '--limit', '1', '--state', state, '--json']);
  const text = await batchwright(['quarantine', 'list', 'orders', '--state', state]);

  expect(JSON.parse(json.out)).toMatchObject({ runId: 'orders-1', total: 3, classes: { TYPE: 2, PARSE: 1 }, records: [{ offset: 0 }] });
  expect(text.out).toContain('3 records of orders-1: 2 TYPE, 1 PARSE');
  expect(text.out).toContain('has 1 fields, expected 2');
});

test('what a record says cannot act on the terminal', async () => {
  const state = aQuarantine([record(0, { reason: 'bad \u001b[31mred\u0007', key: 'a\u001b]0;title' })]);

  const { out } = await batchwright(['quarantine', 'list', 'orders', '--state', state]);

  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(out).not.toMatch(/[\u0007\u001b]/);
});

test('export writes every record as a line of JSON, or its own bytes', async () => {
  const bytes = Buffer.from([0xff, 0x00, 0x41]);
  const state = aQuarantine([record(0), record(10, { raw: undefined, rawBase64: bytes.toString('base64') })]);

  await batchwright(['quarantine', 'export', 'orders', '--out', join(base, 'a.jsonl'), '--state', state]);
  await batchwright(['quarantine', 'export', 'orders', '--out', join(base, 'a.txt'), '--raw', '--state', state]);

  const lines = readFileSync(join(base, 'a.jsonl'), 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).offset)).toEqual([0, 10]);
  expect(readFileSync(join(base, 'a.txt'))).toEqual(Buffer.concat([Buffer.from('0,x\n'), bytes, Buffer.from('\n')]));
});

test('of a run only the objects that its index lists count', async () => {
  const state = aQuarantine([record(0)]);
  const cloud = aCloud();
  const out = join(base, 'counted.txt');

  const listed = await batchwright(['quarantine', 'list', 'orders', '--state', state, '--json']);
  await batchwright(['quarantine', 'export', 'orders', '--out', out, '--raw', '--state', state]);
  await replay(state, cloud);

  expect(JSON.parse(listed.out)).toMatchObject({ total: 1, records: [{ offset: 0 }] });
  expect(readFileSync(out, 'utf8')).toBe('0,x\n');
  expect(cloud.objects.get('requests/orders/replays/orders-1/replay-orders-1-0.csv')?.content).toBe('id,amount\n0,x\n');
});

test('an object with other records than the index says is named', async () => {
  const state = aQuarantine([record(0)]);
  const key = quarantineKey('orders-1', '0000000', 'w');
  writeFileSync(join(state, 's3/state', key), gzipSync(''));

  const { code, err } = await batchwright(['quarantine', 'list', 'orders', '--state', state]);

  expect(code).not.toBe(0);
  expect(err).toContain(`${key} holds 0 records, expected 1`);
});

test('replay requests one run over files that lie below no job, the same one each time', async () => {
  const state = aQuarantine([record(0), record(10)]);
  const cloud = aCloud();

  const first = await replay(state, cloud, '--json');
  const second = await replay(state, cloud, '--json');
  const again = await replay(state, cloud, '--json', '--again');

  const key = 'requests/orders/replays/orders-1/replay-orders-1-0.csv';
  const request = { job: 'orders', objects: [{ bucket: 'in', key, versionId: 'v1' }], replayOf: 'orders-1' };
  expect(cloud.requests).toEqual([request, request, { ...request, nonce: expect.any(String) }]);
  expect([...cloud.objects.keys()]).toEqual(['incoming/orders/a.csv', key]);
  const [one, two, three] = [first, second, again].map(({ out }) => JSON.parse(out).runId);
  expect(two).toBe(one);
  expect(three).not.toBe(one);
});

test('a long record is exported from the version that it stands in', async () => {
  const cloud = aCloud();
  const state = aQuarantine([record(13, { record: 0, raw: '1', rawBytes: 4, truncated: true, lineBreak: '\n' })]);
  cloud.objects.set('incoming/orders/a.csv', { content: 'id,amount\n0,x1,zw\n', versions: 1 });
  const out = join(base, 'long.txt');

  const { code } = await batchwright(['quarantine', 'export', 'orders', '--out', out, '--raw', '--state', state], {
    openCloud: async () => cloud,
  });

  expect(code).toBe(0);
  expect(readFileSync(out, 'utf8')).toBe('1,zw\n');
  expect(cloud.stopped).toBe(1);
});

test('a run without bad records says so', async () => {
  const state = join(base, 'without');
  writeRun(state, aReport());

  const { code, out } = await batchwright(['quarantine', 'list', 'orders', '--state', state]);

  expect({ code, out }).toEqual({ code: 0, out: 'orders-1 has no quarantined records\n' });
});

test.each([
  [['quarantine', 'list', 'nothing'], 'unknown run "nothing"'],
  [['quarantine', 'list', 'orders', '--limit', '0'], 'received 0, expected a whole number from 1 on'],
  [['quarantine', 'export', 'orders'], "required option '--out <file>' not specified"],
])('%j is refused by name', async (argv, message) => {
  const state = aQuarantine([record(0)]);

  const { code, err } = await batchwright([...argv, '--state', state]);

  expect(code).toBe(2);
  expect(err).toContain(message);
});
