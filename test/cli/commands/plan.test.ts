import { existsSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudOptions } from '../../../cli/cloud/port';
import { aSpec, batchwright, FakeCloud, tempFolder, writeFiles } from '../support';

const cwd = tempFolder();
const rows = (count: number): string => `id,name\n${'1,some text to fill\n'.repeat(count)}`;
writeFiles(cwd, {
  'jobs/orders.yaml': aSpec('orders', 'chunk: { bytes: 1KiB }'),
  'jobs/big.yaml': aSpec('big'),
  'bad/orders.yaml': 'name: [',
  'a.csv': rows(500),
  'b.csv': rows(50),
  'empty.csv': '',
  'twice.csv': 'id,id\n1,2\n',
  'not.csv': 'PAR1 and so on PAR1',
  'history/h1.json': '',
});

const plan = (argv: readonly string[], more: { cloud?: FakeCloud; opened?: CloudOptions[] } = {}) =>
  batchwright(['plan', ...argv], {
    cwd,
    ...(more.cloud && {
      openCloud: async (options: CloudOptions) => {
        more.opened?.push(options);
        return more.cloud!;
      },
    }),
  });

test('files are cut where they lie: no cloud, no state, no upload', async () => {
  const { code, out, err } = await plan(['orders', 'a.csv', 'b.csv', '--json']);

  expect({ code, err }).toEqual({ code: 0, err: '' });
  const view = JSON.parse(out);
  expect(view).toMatchObject({ job: 'orders', objects: 2, bytes: 11_016, tasks: 4, arrays: 1, requests: 4, bytesRead: 11_016 });
  expect(view.sizing).toEqual({ chunkBytes: 1024, why: expect.stringContaining('chunks of 1.0 KiB as the spec says; 4 tasks') });
  expect(view.taskBytes.min).toBeLessThanOrEqual(view.taskBytes.mean);
  expect(view.taskBytes.mean).toBe(2754);
  expect(view.preflight).toMatchObject({ schema: 'preflight.v1', chunks: view.chunks, tasks: 4, vcpu: { wanted: 4, allowed: 256 } });
  expect(existsSync(join(cwd, '.batchwright'))).toBe(false);
});

test('people get a table', async () => {
  const { out } = await plan(['orders', 'a.csv']);

  expect(out).toContain('orders\n');
  expect(out).toMatch(/input\s+│ 1 object, 9.8 KiB/);
  expect(out).toMatch(/planning took\s+│ 2 requests, 9.8 KiB read/);
});

test('types that a query needs and nobody wrote down are shown, at no further request', async () => {
  const { out } = await plan(['orders', 'a.csv', '--json']);
  expect(JSON.parse(out)).toMatchObject({
    requests: 2,
    inferredSchema: { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } },
  });
  expect((await plan(['orders', 'a.csv'])).out).toMatch(/columns, inferred\s+│ id: integer/);
});

test('a large file is planned from its beginning alone', async () => {
  writeFiles(cwd, { 'huge.csv': rows(10_000) });
  const bytes = 4 * 1024 ** 4;
  truncateSync(join(cwd, 'huge.csv'), bytes);

  const view = JSON.parse((await plan(['big', 'huge.csv', '--json'])).out);
  truncateSync(join(cwd, 'huge.csv'), 0);

  expect(view).toMatchObject({ bytes, chunks: 65_536, requests: 2 });
  expect(view.bytesRead).toBeLessThan(1024 ** 2);
});

test('an empty file needs nothing', async () => {
  expect(JSON.parse((await plan(['orders', 'empty.csv', '--json'])).out)).toMatchObject({
    bytes: 0,
    chunks: 0,
    tasks: 0,
    arrays: 0,
    taskBytes: { min: 0, mean: 0, max: 0 },
  });
});

test('past runs of the state folder tell how fast the job is', async () => {
  const past = { schema: 'history.v1', runId: 'r', status: 'SUCCEEDED', bytes: { read: 1e6 }, seconds: 100, tasks: 1 };
  writeFiles(cwd, { 'state/s3/state-bucket/history/orders/r.json': JSON.stringify(past) });

  const { out } = await plan(['orders', 'a.csv', '--json', '--state', 'state']);

  expect(JSON.parse(out).sizing.why).toContain('9.8 KiB/s a task, the last successful run');
});

describe('objects of the local cloud', () => {
  test('are looked at and nothing else: no upload, no request for a run', async () => {
    const cloud = new FakeCloud();
    await cloud.put('x/y.csv', join(cwd, 'a.csv'), { again: false });
    const opened: CloudOptions[] = [];

    const { code, out } = await plan(['orders', 's3://in/x/y.csv', 'b.csv', '--json'], { cloud, opened });

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ objects: 2, bytes: 11_016 });
    expect([cloud.requests, [...cloud.objects.keys()], cloud.looked]).toEqual([[], ['x/y.csv'], []]);
    expect([opened.length, cloud.stopped]).toEqual([1, 1]);
  });

  test('that are not there are bad usage, and the cloud is stopped', async () => {
    const cloud = new FakeCloud();

    const { code, err } = await plan(['orders', 's3://in/gone.csv'], { cloud });

    expect({ code, err }).toEqual({ code: 2, err: 'error: no such object: s3://in/gone.csv\n' });
    expect(cloud.stopped).toBe(1);
  });
});

describe('everything below a prefix', () => {
  const aCloud = async (keys: readonly string[]) => {
    const cloud = new FakeCloud();
    for (const key of keys) await cloud.put(key, join(cwd, 'a.csv'), { again: false });
    return cloud;
  };

  test('is listed and sampled, nothing is asked for, and the size and why are told', async () => {
    const cloud = await aCloud(['incoming/orders/1.csv', 'incoming/orders/2.csv', 'elsewhere/3.csv']);

    const { code, out } = await plan(['orders', 's3://in/incoming/orders/', '--json'], { cloud });

    const view = JSON.parse(out);
    expect(code).toBe(0);
    expect(view).toMatchObject({ job: 'orders', objects: 2, chunks: 20, tasks: 4, arrays: 1 });
    expect(view.bytes).toBe(2 * (await cloud.store('in').head('elsewhere/3.csv'))!.bytes);
    expect(view.requests).toBeGreaterThan(4);
    expect(view.sizing.why).toContain('4 tasks');
    expect(cloud.requests).toEqual([]);
  });

  test.each([
    ['that is empty', 's3://in/incoming/orders/', /no object lies below s3:\/\/in\/incoming\/orders\//],
    ['outside of the job’s own', 's3://in/elsewhere/', /CONFIGFailure: .* expected a prefix that begins with its input.prefix/],
  ])('%s is refused', async (_, uri, message) => {
    const { code, err } = await plan(['orders', uri], { cloud: await aCloud(['elsewhere/3.csv']) });

    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

describe('is refused with exit code 2', () => {
  test.each([
    ['an unknown job', ['ordrs', 'a.csv'], /unknown job "ordrs" \(did you mean orders\?\)/],
    ['a bad spec', ['orders', 'a.csv', '--jobs', 'bad'], /bad\/orders.yaml:1/],
    ['a file that is not there', ['orders', 'gone.csv'], /no such file: gone.csv/],
    ['no file at all', ['orders'], /missing required argument 'files'/],
    ['a file of another format', ['orders', 'not.csv'], /error: CONFIGFailure: not.csv is a Parquet file/],
    ['a header that no table can have', ['orders', 'twice.csv'], /error: DATAFailure: twice.csv: .*"id" twice/],
  ])('%s', async (_, argv, message) => {
    const { code, err, out } = await plan(argv);

    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(message);
  });

  test('and told to programs with the name under which a run would fail', async () => {
    const { out } = await plan(['orders', 'twice.csv', '--json']);

    expect(JSON.parse(out)).toEqual({ ok: false, errors: [{ name: 'DATAFailure', message: expect.stringContaining('twice.csv') }] });
  });
});
