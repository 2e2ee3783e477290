import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createObjectStore } from '../../adapters/aws/object-store';
import { createPendingUploads } from '../../adapters/aws/pending-uploads';
import { collect } from '../../adapters/concurrency';
import { readJson } from '../../adapters/json';
import { prepareRun } from '../../bench/worker/prepare';
import { Marker, type PlannedObject } from '../../core/contracts';
import { complaintsPrefix, markersPrefix } from '../../core/keys';
import { killGroup } from '../../local/batch/attempt';
import { type S3Server, startS3 } from '../support/s3-server';
import { bundleWorker } from '../support/worker-bundle';

export interface ProcessRun {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly file: string;
  readonly header: readonly string[];
  readonly chunkBytes: number;
  /** Files of the jobs folder, by their path. */
  readonly jobs?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The worker as a process of its own, against the local S3 on a port. */
export class WorkerSite {
  private readonly started: ChildProcess[] = [];

  private constructor(
    readonly s3: S3Server,
    readonly folder: string,
  ) {}

  static async open(): Promise<WorkerSite> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'worker-process-'));
    bundleWorker(folder);
    return new WorkerSite(await startS3(), folder);
  }

  /** Drops the file and writes the plan down; answers what starts the worker. */
  async prepare(run: ProcessRun): Promise<{ readonly runId: string; start(): RunningWorker }> {
    const input = createObjectStore('input', this.s3.client);
    const key = `incoming/${Math.random()}`;
    await input.createOnce(key, run.file);
    const head = await input.head(key);
    if (!head) throw new RangeError(`no ${key}`);
    const object: PlannedObject = { bucket: 'input', ...head, header: [...run.header] };
    const order = { spec: run.spec, object, chunkBytes: run.chunkBytes };
    const runId = await prepareRun({ state: createObjectStore('state', this.s3.client) }, order);
    const home = mkdtempSync(path.join(this.folder, 'task-'));
    cpSync('jobs', path.join(home, 'jobs'), { recursive: true });
    for (const [name, text] of Object.entries(run.jobs ?? {})) {
      mkdirSync(path.dirname(path.join(home, 'jobs', name)), { recursive: true });
      writeFileSync(path.join(home, 'jobs', name), text, { mode: 0o755 });
    }
    return { runId, start: () => this.start(runId, home, run.environment ?? {}) };
  }

  private start(runId: string, home: string, environment: Readonly<Record<string, string>>): RunningWorker {
    const temporary = mkdtempSync(path.join(home, 'tmp-'));
    const child = spawn(process.execPath, [path.join(this.folder, 'main.js')], {
      cwd: home,
      env: {
        PATH: process.env.PATH,
        NODE_PATH: path.resolve('node_modules'),
        TMPDIR: temporary,
        STATE_BUCKET: 'state',
        INPUT_BUCKET: 'input',
        OUTPUT_BUCKET: 'output',
        BATCHWRIGHT_RUN_ID: runId,
        BATCHWRIGHT_ROUND: '0',
        BATCHWRIGHT_ARRAY: '0',
        AWS_BATCH_JOB_ID: 'job:0',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        ...this.s3.environment,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
      // A group of its own, which ends as a whole, as a container does.
      detached: true,
    });
    this.started.push(child);
    return new RunningWorker(child, home);
  }

  async markers(runId: string): Promise<readonly Marker[]> {
    const state = createObjectStore('state', this.s3.client);
    const keys = await collect(state.list(markersPrefix(runId)));
    return Promise.all(keys.map(({ key }) => readJson(state, key, Marker)));
  }

  async complaints(runId: string): Promise<readonly string[]> {
    const state = createObjectStore('state', this.s3.client);
    return (await collect(state.list(complaintsPrefix(runId, 0)))).map(({ key }) => key);
  }

  /** Uploads that no marker lists. */
  async forgotten(runId: string): Promise<readonly string[]> {
    const pending = await collect(createPendingUploads('output', this.s3.client).pending(''));
    const listed = (await this.markers(runId)).flatMap(({ parts }) => parts.map(({ uploadId }) => uploadId));
    return pending.filter(({ key, uploadId }) => key.includes(runId) && !listed.includes(uploadId)).map(({ key }) => key);
  }

  async close(): Promise<void> {
    for (const { pid } of this.started) if (pid !== undefined) killGroup(pid);
    await this.s3.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A worker at work, and what it has said so far. */
export class RunningWorker {
  readonly ended: Promise<number | null>;
  private output = '';

  constructor(
    private readonly child: ChildProcess,
    private readonly home: string,
  ) {
    child.stdout?.on('data', (data) => {
      this.output += data;
    });
    this.ended = new Promise((resolve) => {
      child.once('exit', (code) => resolve(code));
    });
  }

  terminate(): void {
    this.child.kill('SIGTERM');
  }

  get events(): readonly string[] {
    return this.output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line).event);
  }

  /** Waits until something is so. */
  async until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) {
      if (this.child.exitCode !== null) throw new Error(`the worker ended with ${this.child.exitCode}: ${this.output}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  /** A file that the user's code left in the jobs folder. */
  left(name: string): string | undefined {
    try {
      return readFileSync(path.join(this.home, 'jobs', name), 'utf8');
    } catch {
      return undefined;
    }
  }
}
