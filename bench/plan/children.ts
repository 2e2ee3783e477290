import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { build } from 'esbuild';

/**
 * What a Lambda function of 256 MB leaves to the heap, about. Without a limit V8 lets garbage lie until the machine's
 * memory is used, and peak memory tells nothing about the program. Bare listing and plan run under the same one.
 */
export const NODE_FLAGS = ['--max-old-space-size=160', '--max-semi-space-size=8', '--no-warnings'];

/** Bundled as Lambda functions are, so that their memory is that of the code and not of a compiler. */
export async function bundleChildren(folder: string): Promise<void> {
  const entryPoints = ['server.ts', 'subject.ts'].map((name) => join(__dirname, name));
  await build({ entryPoints, bundle: true, platform: 'node', target: 'node20', outdir: folder, logLevel: 'error' });
}

export interface Server {
  readonly endpoint: string;
  readonly seedSeconds: number;
  stop(): void;
}

const firstLine = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    if (child.stdout) createInterface(child.stdout).once('line', resolve);
  });

/** A local S3 with a bucket of so many objects. */
export async function startServer(folder: string, objects: number): Promise<Server> {
  const stateDir = join(folder, `state-${objects}`);
  mkdirSync(stateDir, { recursive: true });
  const child = spawn(process.execPath, ['--no-warnings', join(folder, 'server.js'), stateDir, String(objects)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { endpoint, seedSeconds } = JSON.parse(await firstLine(child)) as Pick<Server, 'endpoint' | 'seedSeconds'>;
  return { endpoint, seedSeconds, stop: () => void child.kill() };
}

export interface Measured {
  readonly seconds: number;
  readonly peakRssBytes: number;
}

/** Runs the subject in a process of its own and reads what it measured. */
export async function runSubject<T extends Measured>(folder: string, mode: string, { endpoint }: Server): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, [...NODE_FLAGS, join(folder, 'subject.js'), mode, endpoint]);
  return JSON.parse(stdout) as T;
}
