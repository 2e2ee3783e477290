import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { UsageError } from '../errors';

/**
 * One process at a time works on a state folder. A process id alone may be another's by now, so the holder
 * also answers on a port of loopback with the token in the lock: a lock left by a killed process answers nothing.
 */
const LockFile = z.object({ pid: z.number(), port: z.number(), token: z.string() });
type LockFile = z.infer<typeof LockFile>;

const lockPath = (folder: string): string => join(folder, 'lock.json');
const ANSWER_MS = 1000;
/** Two processes that find the same dead lock both replace it; after this long, the last one has it. */
const SETTLE_MS = 30;

export interface Lock {
  release(): Promise<void>;
}

function readLock(folder: string): LockFile | undefined {
  try {
    return LockFile.parse(JSON.parse(readFileSync(lockPath(folder), 'utf8')));
  } catch {
    // No lock, or one cut short by a kill: nobody holds the folder.
    return undefined;
  }
}

function askToken(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let answer = '';
    const done = (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ANSWER_MS, done);
    socket.on('data', (piece) => {
      answer += piece.toString('utf8');
    });
    socket.on('close', done).on('error', done);
  });
}

/** The process that works on the folder now, if one does. */
export async function holderOf(folder: string): Promise<number | undefined> {
  const lock = readLock(folder);
  return lock && (await askToken(lock.port)) === lock.token ? lock.pid : undefined;
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });

/** Takes the folder for this process, or says who has it. */
export async function lockState(folder: string): Promise<Lock> {
  const holder = await holderOf(folder);
  if (holder !== undefined) throw inUse(folder, holder);
  const token = randomUUID();
  const server = createServer((socket) => socket.on('error', () => socket.destroy()).end(token));
  const port = await listen(server);
  mkdirSync(folder, { recursive: true });
  writeFileSync(lockPath(folder), JSON.stringify({ pid: process.pid, port, token }));
  await sleep(SETTLE_MS);
  const winner = readLock(folder);
  if (winner && winner.token !== token) {
    server.close();
    throw inUse(folder, winner.pid);
  }
  server.unref();
  return { release: () => release(folder, server) };
}

async function release(folder: string, server: Server): Promise<void> {
  rmSync(lockPath(folder), { force: true });
  await new Promise((resolve) => server.close(resolve));
}

const inUse = (folder: string, pid: number): UsageError =>
  new UsageError(`${folder} is in use by process ${pid}: stop it, or choose another folder with --state`);
