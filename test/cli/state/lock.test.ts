import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { UsageError } from '../../../cli/errors';
import { holderOf, lockState } from '../../../cli/state/lock';
import { tempFolder, writeFiles } from '../support';

const root = tempFolder();

test('one process at a time holds a folder, and the next may have it afterwards', async () => {
  const folder = join(root, 'a');
  const lock = await lockState(folder);

  const second = lockState(folder);

  await expect(second).rejects.toThrow(UsageError);
  await expect(second).rejects.toThrow(`in use by process ${process.pid}`);
  await lock.release();
  await (await lockState(folder)).release();
  expect(await holderOf(folder)).toBeUndefined();
  expect(existsSync(join(folder, 'lock.json'))).toBe(false);
});

test('of two that come at once, at most one gets it', async () => {
  const folder = join(root, 'b');

  const outcomes = await Promise.allSettled([lockState(folder), lockState(folder)]);
  const locks = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  for (const lock of locks) await lock.release();

  expect(locks).toHaveLength(1);
});

test.each([
  ['left by a killed process', JSON.stringify({ pid: 1, port: 1, token: 'x' })],
  ['cut short by a kill', '{"pid":'],
  ['of another form', '{}'],
])('a lock %s holds nothing', async (_, content) => {
  const folder = join(root, 'c');
  writeFiles(folder, { 'lock.json': content });

  expect(await holderOf(folder)).toBeUndefined();
  await (await lockState(folder)).release();
});

test('a port that another program listens on by now holds nothing either', async () => {
  const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const folder = join(root, 'd');
  writeFiles(folder, { 'lock.json': JSON.stringify({ pid: process.pid, port, token: 'x' }) });

  const lock = await lockState(folder);
  const { port: ours } = JSON.parse(readFileSync(join(folder, 'lock.json'), 'utf8'));
  await lock.release();
  server.close();

  expect(ours).not.toBe(port);
});
