import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../../cli/errors';
import { cleanState, openState } from '../../../cli/state/folder';
import { lockState } from '../../../cli/state/lock';
import { tempFolder, writeFiles } from '../support';

const root = tempFolder();

test('a new folder becomes ours, and stays so', () => {
  const folder = join(root, 'new/state');

  openState(folder);
  writeFiles(folder, { 's3/a': 'x' });
  openState(folder);

  expect(existsSync(join(folder, 's3/a'))).toBe(true);
});

test('ours is removed whole', async () => {
  const folder = join(root, 'ours');
  openState(folder);
  writeFiles(folder, { 's3/a': 'x' });

  await cleanState(folder);

  expect(existsSync(folder)).toBe(false);
});

test('one that is not there, or empty, is clean', async () => {
  mkdirSync(join(root, 'empty'));

  await cleanState(join(root, 'empty'));
  await expect(cleanState(join(root, 'gone'))).resolves.toBeUndefined();
});

test('one that holds anything else is neither used nor removed', async () => {
  const folder = join(root, 'foreign');
  writeFiles(folder, { 'thesis.txt': 'x' });

  expect(() => openState(folder)).toThrow(UsageError);
  await expect(cleanState(folder)).rejects.toThrow(/holds other things/);
  expect(existsSync(join(folder, 'thesis.txt'))).toBe(true);
});

test('one in use is not removed', async () => {
  const folder = join(root, 'used');
  openState(folder);
  const lock = await lockState(folder);

  await expect(cleanState(folder)).rejects.toThrow(`${folder} is in use by process ${process.pid}: stop it before --clean`);
  await lock.release();
  await expect(cleanState(folder)).resolves.toBeUndefined();
});
