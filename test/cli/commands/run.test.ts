import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudOptions } from '../../../cli/cloud/port';
import { aFailure, aReport, aRunState, aSpec, batchwright, FakeCloud, tempFolder, writeFiles } from '../support';

const cwd = tempFolder();
writeFiles(cwd, {
  'jobs/orders.yaml': aSpec('orders'),
  'jobs/birdstrikes.yaml': aSpec('birdstrikes'),
  'bad/orders.yaml': 'name: [',
  'a.csv': 'id\n1\n',
  'more/a.csv': 'id\n2\n',
  'foreign/thesis.txt': 'years of work',
});

const run = (argv: readonly string[], cloud: FakeCloud, more: { interrupted?: AbortSignal; opened?: CloudOptions[] } = {}) =>
  batchwright(['run', ...argv], {
    cwd,
    openCloud: async (options) => {
      more.opened?.push(options);
      return cloud;
    },
    ...(more.interrupted && { interrupted: more.interrupted }),
  });

describe('one file', () => {
  test('is dropped under the prefix of its job, and the run of that version is reported', async () => {
    const cloud = new FakeCloud();

    const { code, out, err } = await run(['orders', 'a.csv', '--json'], cloud);

    expect(code).toBe(0);
    expect([...cloud.objects.keys()]).toEqual(['incoming/orders/a.csv']);
    expect(cloud.requests).toEqual([]);
    expect(JSON.parse(out)).toMatchObject({ schema: 'report.v1', runId: cloud.looked[0], status: 'SUCCEEDED' });
    expect(JSON.parse(out).runId).toMatch(/^orders-[0-9a-f]+$/);
    expect(err).toContain('dropped a.csv at s3://in/incoming/orders/a.csv');
    expect(cloud.stopped).toBe(1);
  });

  test('that is there already is not dropped again: the same run is shown', async () => {
    const cloud = new FakeCloud();

    const first = await run(['orders', 'a.csv', '--json'], cloud);
    const second = await run(['orders', 'a.csv', '--json'], cloud);

    expect(JSON.parse(second.out).runId).toBe(JSON.parse(first.out).runId);
    expect(second.err).toContain('is this very file already');
  });

  test('with --again is a new version and another run', async () => {
    const cloud = new FakeCloud();

    const first = await run(['orders', 'a.csv', '--json'], cloud);
    const second = await run(['orders', 'a.csv', '--json', '--again'], cloud);

    expect(JSON.parse(second.out).runId).not.toBe(JSON.parse(first.out).runId);
  });

  test('a run whose event is still under way is waited for', async () => {
    const cloud = new FakeCloud([undefined, aRunState({ state: 'Plan' }), aRunState({ status: 'SUCCEEDED' })]);

    expect((await run(['orders', 'a.csv', '--json'], cloud)).code).toBe(0);
    expect(cloud.looked).toHaveLength(3);
  });
});

describe('a prefix', () => {
  const source = { kind: 'prefix', bucket: 'in', prefix: 'incoming/orders/' };

  test('is one requested run, the same for the same versions', async () => {
    const cloud = new FakeCloud();
    await cloud.put('incoming/orders/y.csv', join(cwd, 'a.csv'), { again: false });
    for (const more of [[], [], ['--again']]) await run(['orders', 's3://in/incoming/orders/', ...more], cloud);
    await cloud.put('incoming/orders/z.csv', join(cwd, 'a.csv'), { again: false });
    await run(['orders', 's3://in/incoming/orders/'], cloud);

    expect(cloud.requests).toMatchObject(Array(4).fill({ job: 'orders', source, fingerprint: expect.any(String) }));
    expect(cloud.looked[1]).toBe(cloud.looked[0]);
    expect(new Set(cloud.looked).size).toBe(3);
  });

  test('with nothing below it, or outside of the job’s own, is bad usage', async () => {
    const cloud = new FakeCloud();

    expect(await run(['orders', 's3://in/incoming/orders/'], cloud)).toMatchObject({
      code: 2,
      err: expect.stringContaining('no object lies below'),
    });
    expect(await run(['orders', 's3://in/other/'], cloud)).toMatchObject({ code: 2, err: expect.stringContaining('CONFIGFailure') });
    expect(cloud.requests).toEqual([]);
  });
});

describe('several files and objects', () => {
  test('become one requested run, outside the prefixes that start runs', async () => {
    const cloud = new FakeCloud();

    const { code, out } = await run(['orders', 'a.csv', 'more/a.csv', '--json'], cloud);

    expect(code).toBe(0);
    expect([...cloud.objects.keys()]).toEqual(['requests/orders/a.csv', 'requests/orders/2/a.csv']);
    expect(cloud.requests).toEqual([
      {
        job: 'orders',
        objects: [
          { bucket: 'in', key: 'requests/orders/a.csv', versionId: 'v1' },
          { bucket: 'in', key: 'requests/orders/2/a.csv', versionId: 'v1' },
        ],
      },
    ]);
    expect(JSON.parse(out).runId).toBe(cloud.looked[0]);
  });

  test('asked for again are the same run, or another with --again', async () => {
    const cloud = new FakeCloud();

    for (const more of [[], [], ['--again']]) await run(['orders', 'a.csv', 'more/a.csv', ...more], cloud);

    expect(cloud.looked[1]).toBe(cloud.looked[0]);
    expect(cloud.looked[2]).not.toBe(cloud.looked[0]);
    expect(cloud.requests[2]?.nonce).toEqual(expect.any(String));
  });

  test('one file under two names is one file, and dropped', async () => {
    const cloud = new FakeCloud();

    const { code, err } = await run(['orders', 'a.csv', './more/../a.csv'], cloud);

    expect(code).toBe(0);
    expect([[...cloud.objects.keys()], cloud.requests]).toEqual([['incoming/orders/a.csv'], []]);
    expect(err).toContain(`${join(cwd, 'a.csv')} is named twice: it is read once`);
  });

  test('a file and the object that it becomes are one', async () => {
    const cloud = new FakeCloud();
    const [a, other] = ['requests/orders/a.csv', 'requests/orders/2/a.csv'].map((key) => ({ bucket: 'in', key, versionId: 'v1' }));

    const { err } = await run(['orders', 's3://in/requests/orders/a.csv', 'more/a.csv', 'a.csv', '--json'], cloud);

    expect(cloud.requests).toEqual([{ job: 'orders', objects: [a, other] }]);
    expect(err).toContain('more/a.csv is the same version of an object as s3://in/requests/orders/a.csv: it is read once');
  });

  test('an object that is there is not uploaded', async () => {
    const cloud = new FakeCloud();
    await cloud.put('x/y.csv', join(cwd, 'a.csv'), { again: false });

    await run(['orders', 's3://in/x/y.csv'], cloud);

    expect(cloud.requests).toEqual([{ job: 'orders', objects: [{ bucket: 'in', key: 'x/y.csv', versionId: 'v1' }] }]);
  });

  test('an object that is not there is bad usage, and the cloud is stopped', async () => {
    const cloud = new FakeCloud();

    const { code, err } = await run(['orders', 's3://in/gone.csv'], cloud);

    expect(code).toBe(2);
    expect(err).toContain('error: no such object: s3://in/gone.csv');
    expect(cloud.stopped).toBe(1);
  });
});

describe('the end of a run', () => {
  test('that failed is told with class, message and what to do, and exit code 1', async () => {
    const { code, out } = await run(['orders', 'a.csv'], new FakeCloud([aRunState({ status: 'FAILED' })], aFailure()));

    expect(code).toBe(1);
    expect(out).toContain('CODE: the worker exited with 70\nwhat to do: read the log of the task');
    expect(out).toContain('nothing was published');
  });

  test('without a report is told with the cause', async () => {
    class NoReport extends FakeCloud {
      override async report() {
        return undefined;
      }
    }
    const cloud = new NoReport([aRunState({ status: 'TIMED_OUT', cause: 'Report took too long' })]);

    const { code, err } = await run(['orders', 'a.csv'], cloud);

    expect(code).toBe(1);
    expect(err).toMatch(/ended TIMED_OUT without a report: Report took too long/);
    expect(cloud.stopped).toBe(1);
  });

  test('that says it succeeded without a manifest is not believed', async () => {
    const report = aReport({ output: { uri: 's3://out/x/', parts: 0 } });

    expect((await run(['orders', 'a.csv'], new FakeCloud(undefined, report))).code).toBe(1);
  });

  test('shows a few of the published records, made safe', async () => {
    const runId = 'orders-1';
    writeFiles(cwd, { '.batchwright/s3/out/orders/orders-1/part-0000000.jsonl': '{"id":1,"name":"\\u001b[31mred"}\n' });

    const { code, out } = await run(['orders', 'a.csv'], new FakeCloud(undefined, aReport({ runId })));

    expect(code).toBe(0);
    expect(out).toMatch(/name +│ \\u\{1b\}\[31mred/);
    expect(out).not.toContain('\u001b');
  });

  test('keeps stdout to the report when quiet', async () => {
    expect(await run(['orders', 'a.csv', '--quiet', '--json'], new FakeCloud())).toMatchObject({ code: 0, err: '' });
  });
});

describe('what is refused before a cloud is brought up', () => {
  test.each([
    ['an unknown job', ['ordes', 'a.csv'], /unknown job "ordes" \(did you mean orders\?\), allowed: birdstrikes, orders/],
    ['a file that is not there', ['orders', 'gone.csv', 'gone2.csv'], /no such file: gone\.csv\nerror: no such file: gone2\.csv/],
    ['a folder', ['orders', 'more'], /expected a file, more is none/],
    ['a URI of nothing', ['orders', 's3:bucket'], /expected s3:\/\/bucket\/key or s3:\/\/bucket\/prefix\/, received "s3:bucket"/],
    ['a bucket as a whole', ['orders', 's3://bucket/'], /CONFIGFailure: .* expected a prefix that begins with its input\.prefix/],
    ['no file for a job without sample data', ['orders'], /no sample data for job "orders": name files, or take one of flights/],
    ['a broken spec', ['orders', 'a.csv', '--jobs', 'bad'], /bad\/orders\.yaml:1:8 broken yaml/],
    ['a state folder of something else', ['orders', 'a.csv', '--state', 'foreign'], /foreign holds other things/],
    ['to clean a folder of something else', ['orders', 'a.csv', '--state', 'foreign', '--clean'], /foreign holds other things/],
  ])('%s', async (_, argv, message) => {
    const { code, out, err } = await batchwright(['run', ...argv], { cwd });

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(existsSync(join(cwd, 'foreign/thesis.txt'))).toBe(true);
  });
});

describe('start', () => {
  test('drops the sample data of the job', async () => {
    const cloud = new FakeCloud();

    const { code } = await batchwright(['start', 'birdstrikes', '--json'], { cwd, openCloud: async () => cloud });

    expect(code).toBe(0);
    expect([...cloud.objects.keys()]).toEqual(['incoming/birdstrikes/birdstrikes.csv']);
  });

  test('--clean forgets what was there', async () => {
    writeFiles(cwd, { '.batchwright/s3/out/old.txt': 'x' });

    await batchwright(['start', 'birdstrikes', '--clean', '--json'], { cwd, openCloud: async () => new FakeCloud() });

    expect(existsSync(join(cwd, '.batchwright/s3/out/old.txt'))).toBe(false);
  });
});

describe('Ctrl-C', () => {
  test('while a run is under way stops the cloud and says that the run goes on', async () => {
    const cloud = new FakeCloud([aRunState({ state: 'Round' })]);
    const interruption = new AbortController();
    const running = run(['orders', 'a.csv'], cloud, { interrupted: interruption.signal });

    while (cloud.looked.length === 0) await sleep(10);
    interruption.abort();
    const { code, err } = await running;

    expect(code).toBe(130);
    expect(err).toMatch(/interrupted: the run goes on with the next start \(orders-/);
    expect(cloud.stopped).toBe(1);
  });

  test('while the cloud comes up stops it again', async () => {
    const cloud = new FakeCloud();

    expect((await run(['orders', 'a.csv'], cloud, { interrupted: AbortSignal.abort() })).code).toBe(130);
    expect(cloud.stopped).toBe(1);
    expect(cloud.objects.size).toBe(0);
  });

  test('that breaks the opening itself is no failure', async () => {
    const { code } = await batchwright(['run', 'orders', 'a.csv'], {
      cwd,
      interrupted: AbortSignal.abort(),
      openCloud: () => Promise.reject(new Error('the child was killed')),
    });

    expect(code).toBe(130);
  });
});
