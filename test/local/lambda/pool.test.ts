import { Pool } from '../../../local/lambda/pool';
import { eventually } from '../../support/messaging-kernel';

class FakeSandbox {
  usable = true;
  stopped = false;
  async stop(): Promise<void> {
    this.stopped = true;
  }
}

function aPool(concurrency: number, idleMs?: number) {
  const opened: FakeSandbox[] = [];
  const open = () => {
    const sandbox = new FakeSandbox();
    opened.push(sandbox);
    return sandbox;
  };
  return { opened, pool: new Pool({ name: 'f', concurrency }, open, idleMs) };
}

test('a thread is used again, but never by two at once', async () => {
  const { opened, pool } = aPool(2);

  await pool.lend(async (first) => pool.lend(async (second) => expect(first).not.toBe(second)));
  await pool.lend(async () => undefined);

  expect(opened).toHaveLength(2);
  await pool.stop();
  expect(opened.every(({ stopped }) => stopped)).toBe(true);
});

test('a dead thread is not used again, wherever it died', async () => {
  const { opened, pool } = aPool(1);

  await pool.lend(async (sandbox) => {
    sandbox.usable = false;
  });
  const idle = await pool.lend(async (sandbox) => sandbox);
  idle.usable = false;
  await pool.lend(async (sandbox) => expect(sandbox.usable).toBe(true));

  expect(opened).toHaveLength(3);
  await pool.stop();
});

test('a failing use gives its place back', async () => {
  const { pool } = aPool(1);

  await expect(pool.lend(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(pool.lend(async () => 'yes')).resolves.toBe('yes');
  await pool.stop();
});

test('no concurrency at all refuses every call', async () => {
  await expect(aPool(0).pool.lend(async () => 1)).rejects.toMatchObject({ code: 'TooManyRequestsException' });
});

test('an idle thread is stopped', async () => {
  const { opened, pool } = aPool(1, 10);
  await pool.lend(async () => undefined);

  await eventually('the end of the idle thread', () => opened[0]?.stopped);

  await pool.lend(async () => undefined);
  expect(opened).toHaveLength(2);
  await pool.stop();
});
