import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lockState, StateInUseError } from '../../../local/deploy/state-lock';
import { removeTemporaryFolders, temporaryFolder } from '../../support/cloud-assembly';

afterEach(removeTemporaryFolders);

const lockFile = (stateDir: string): string => path.join(stateDir, 'lock');

const pidIn = (stateDir: string): number => JSON.parse(readFileSync(lockFile(stateDir), 'utf8')).pid;

test('a lock is held until it is left, and leaves nothing behind', () => {
  const stateDir = path.join(temporaryFolder(), 'new', 'folder');

  const unlock = lockState(stateDir);
  expect(pidIn(stateDir)).toBe(process.pid);
  unlock();

  expect(readdirSync(stateDir)).toEqual([]);
});

test('a second cloud on the same folder is told which process has it', () => {
  const stateDir = temporaryFolder();
  const unlock = lockState(stateDir);

  expect(() => lockState(stateDir)).toThrow(new StateInUseError(stateDir, process.pid));
  expect(existsSync(lockFile(stateDir))).toBe(true);
  unlock();
});

test('the lock of a process that was killed is taken over', () => {
  const stateDir = temporaryFolder();
  const { pid } = spawnSync(process.execPath, ['--version']);
  writeFileSync(lockFile(stateDir), JSON.stringify({ pid, startedAt: '1' }));

  const unlock = lockState(stateDir);

  expect(pidIn(stateDir)).toBe(process.pid);
  unlock();
});

test('a living process of another kind with the number of the dead one does not count', () => {
  const stateDir = temporaryFolder();
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
  try {
    writeFileSync(lockFile(stateDir), JSON.stringify({ pid: child.pid, startedAt: 'before the number was given out again' }));

    const unlock = lockState(stateDir);

    expect(pidIn(stateDir)).toBe(process.pid);
    unlock();
  } finally {
    child.kill('SIGKILL');
  }
});

test('a file that is no lock is not overwritten', () => {
  const stateDir = temporaryFolder();
  writeFileSync(lockFile(stateDir), 'something else');

  expect(() => lockState(stateDir)).toThrow(/is no lock of the local cloud: remove it/);
  expect(readFileSync(lockFile(stateDir), 'utf8')).toBe('something else');
});
