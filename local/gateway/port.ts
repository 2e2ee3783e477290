import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

const HOST = '127.0.0.1';

const portFile = (stateDir: string): string => path.join(stateDir, 'gateway', 'port');

function rememberedPort(stateDir: string): number {
  const port = existsSync(portFile(stateDir)) ? Number(readFileSync(portFile(stateDir), 'utf8')) : 0;
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

const isTaken = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EADDRINUSE';

/** Listens on the port asked for, else on that of the last run so that queue URLs stay valid, else on any free one. */
export async function listenOnLoopback(server: Server, stateDir: string, wanted?: number): Promise<string> {
  const port = await listen(server, wanted ?? rememberedPort(stateDir)).catch((error: unknown) => {
    if (!isTaken(error)) throw error;
    if (wanted !== undefined) throw new RangeError(`port ${wanted} is in use by another process, choose another or leave it out`);
    return listen(server, 0);
  });
  mkdirSync(path.dirname(portFile(stateDir)), { recursive: true });
  writeFileSync(portFile(stateDir), String(port));
  return `http://${HOST}:${port}`;
}
