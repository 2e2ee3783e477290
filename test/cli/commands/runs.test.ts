import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockState } from '../../../cli/state/lock';
import { aFailure, aReport, batchwright, tempFolder, writeRun } from '../support';

const cwd = tempFolder();
const stateDir = join(cwd, '.batchwright');
writeRun(stateDir, aReport({ runId: 'orders-old', startedAt: '2026-01-01T00:00:00.000Z', endedAt: '2026-01-01T00:01:40.000Z' }));
writeRun(stateDir, aFailure({ runId: 'orders-new', startedAt: '2026-02-01T00:00:00.000Z', endedAt: '2026-02-01T00:00:01.000Z' }));
writeRun(stateDir, { runId: 'clients-open', job: 'clients' });

const broken = tempFolder();

const runs = async (...argv: string[]) => batchwright(['runs', ...argv], { cwd });

describe('runs', () => {
  test('lists what the state folder tells, newest first', async () => {
    const { code, out } = await runs('--json');

    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual([
      { runId: 'clients-open', job: 'clients', status: 'INTERRUPTED', startedAt: expect.any(String) },
      expect.objectContaining({ runId: 'orders-new', status: 'FAILED', endedAt: '2026-02-01T00:00:01.000Z' }),
      {
        runId: 'orders-old',
        job: 'orders',
        status: 'SUCCEEDED',
        startedAt: '2026-01-01T00:00:00.000Z',
        endedAt: '2026-01-01T00:01:40.000Z',
        records: aReport().records,
        bytes: aReport().bytes,
      },
    ]);
  });

  test('a run without a report is running while a process holds the state folder', async () => {
    const lock = await lockState(stateDir);

    const { out } = await runs('--json');
    await lock.release();

    expect(JSON.parse(out)[0]).toMatchObject({ runId: 'clients-open', status: 'RUNNING' });
  });

  test('is a table for people', async () => {
    const { out } = await runs();

    expect(out).toMatch(/orders-old +│ SUCCEEDED +│ 2026-01-01 00:00:00 │ 1 min 40 s │ 3,000,000 │ 2,999,990 │ +20\.0 MiB/);
  });

  test('of a folder that does not exist are none', async () => {
    expect(await runs('--state', 'gone', '--json')).toEqual({ code: 0, out: '[]\n', err: '' });
    expect((await runs('--state', 'gone')).out).toBe('no runs yet: npm start makes one\n');
  });

  test('a report that cannot be read is told, not skipped', async () => {
    writeRun(broken, aReport());
    writeFileSync(join(broken, 's3/state/runs/orders-1/report.json'), '{"schema":"report.v9"}');

    const { code, err } = await runs('--state', broken);

    expect(code).toBe(1);
    expect(err).toContain('report.json is not what this version writes');
  });
});

describe('show', () => {
  const show = async (...argv: string[]) => batchwright(['show', ...argv], { cwd });

  test.each(['orders-old', 'orders-o'])('takes a whole id or its beginning: %s', async (id) => {
    const { code, out } = await show(id, '--json');

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ runId: 'orders-old', output: { localPath: join(stateDir, 's3/out/orders/orders-1/') } });
  });

  test('names the places on this machine', async () => {
    const { out } = await show('orders-old');

    expect(out).toContain(join(stateDir, 's3/out/orders/orders-1/_manifest.json'));
    expect(out).toContain(join(stateDir, 's3/state/runs/orders-old/report.json'));
  });

  test.each([
    ['unknown', 'ordres-new', /unknown run "ordres-new", nearest: orders-new, orders-old, clients-open/],
    ['ambiguous', 'orders-', /"orders-" begins the ids of 2 runs: orders-new, orders-old/],
    ['empty', '', /unknown run ""/],
    ['not finished', 'clients', /clients-open has no report yet/],
  ])('an id that is %s is bad usage', async (_, id, message) => {
    const { code, out, err } = await show(id);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
  });
});
