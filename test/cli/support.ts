import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { VersionListing } from '../../adapters/ports';
import type { Cloud, OpenCloud, PutFile, RunRequest, RunState } from '../../cli/cloud/port';
import type { Io } from '../../cli/io';
import { main } from '../../cli/main';
import type { ObjectRef } from '../../core/contracts';
import { inputKey, reportKey } from '../../core/keys';
import type { Report } from '../../core/report/report-contract';
import { MemoryListing } from '../support/memory-listing';
import { MemoryOpenRuns } from '../support/memory-open-runs';
import { MemoryObjectStore } from '../support/memory-store';
import { FakeBatch } from '../support/world';

/** A folder that is gone when the test file ends. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'batchwright-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

export const aSpec = (name: string, changes = ''): string =>
  `name: ${name}\ninput: { prefix: incoming/${name}/, format: csv }\nprocess: { sql: SELECT * FROM input }\noutput: { format: jsonl }\n${changes}`;

export const aReport = (overrides: Partial<Report> = {}): Report => ({
  schema: 'report.v1',
  runId: 'orders-1',
  job: 'orders',
  status: 'SUCCEEDED',
  startedAt: '2026-11-23T10:00:00.000Z',
  endedAt: '2026-11-23T10:00:08.500Z',
  records: { read: 3_000_000, written: 2_999_990, filtered: 7, quarantined: 3 },
  bytes: { read: 105_783_734, written: 21_000_000 },
  reconciliation: { verdict: 'BALANCED', checks: [{ name: 'records', ok: true, expected: '3', actual: '3' }] },
  input: [{ bucket: 'in', key: 'incoming/orders/a.csv', versionId: 'v1', bytes: 105_783_734 }],
  output: { uri: 's3://out/orders/orders-1/', parts: 13, manifest: 's3://out/orders/orders-1/_manifest.json' },
  quarantine: { uri: 's3://state/runs/orders-1/quarantine.json', records: 3 },
  chunks: { planned: 13, committed: 13, redone: 0, bisected: 0 },
  tasks: 4,
  rounds: [{ round: 0, tasks: 4, chunks: 13, failures: {} }],
  seconds: { total: 8.5, byState: { Plan: 0.4, Round: 6.1 } },
  throughput: { recordsPerSecond: 352_941, bytesPerSecond: 12_445_145 },
  cost: { usd: 0.00123, wastedUsd: 0, assumptions: ['Fargate Spot at 30 % of the list price'] },
  ...overrides,
});

export const aFailure = (overrides: Partial<Report> = {}): Report =>
  aReport({
    status: 'FAILED',
    failure: { class: 'CODE', message: 'the worker exited with 70', hint: 'read the log of the task' },
    output: { uri: 's3://out/orders/orders-1/', parts: 0 },
    ...overrides,
  });

/** A state folder as the local cloud leaves it: one run with, and perhaps one without a report. */
export function writeRun(stateDir: string, report: Report | { runId: string; job: string }): void {
  const { runId, job } = report;
  const input = { schema: 'input.v1', runId, job, objects: [{ bucket: 'in', key: 'k', versionId: 'v' }] };
  writeFiles(join(stateDir, 's3/state'), {
    [inputKey(runId)]: JSON.stringify(input),
    ...('status' in report && { [reportKey(runId)]: JSON.stringify(report) }),
  });
}

export interface Captured {
  readonly io: Io;
  readonly out: () => string;
  readonly err: () => string;
}

const noCloud: OpenCloud = () => {
  throw new Error('this command needs no cloud');
};

/** The world of a command, with what it says kept. */
export function anIo(overrides: Partial<Io> = {}): Captured {
  const out: string[] = [];
  const err: string[] = [];
  const io: Io = {
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    cwd: process.cwd(),
    colors: false,
    interrupted: new AbortController().signal,
    openCloud: noCloud,
    ...overrides,
  };
  return { io, out: () => out.join(''), err: () => err.join('') };
}

/** Runs one command line in a folder. */
export async function batchwright(argv: readonly string[], overrides: Partial<Io> = {}) {
  const captured = anIo(overrides);
  const code = await main(argv, captured.io);
  return { code, out: captured.out(), err: captured.err() };
}

export const aRunState = (overrides: Partial<RunState> = {}): RunState => ({
  status: 'RUNNING',
  committed: 0,
  records: { read: 0, written: 0, filtered: 0, quarantined: 0 },
  ...overrides,
});

/** A cloud whose runs take the states that a test gives, one per look, the last one for ever. */
export class FakeCloud implements Cloud {
  readonly endpoint = 'http://127.0.0.1:4566';
  readonly environment = { AWS_ENDPOINT_URL: this.endpoint, AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE' };
  readonly buckets = { input: 'in', output: 'out', state: 'state' };
  readonly objects = new Map<string, { content: string; versions: number }>();
  readonly requests: RunRequest[] = [];
  readonly looked: string[] = [];
  stopped = 0;
  readonly control = {
    state: new MemoryObjectStore('state'),
    batch: new FakeBatch(),
    executions: {
      stateMachine: 'arn:run',
      start: async () => true,
      succeed: async () => true,
      status: async () => undefined,
      secondsByState: async () => ({}),
    },
    open: new MemoryOpenRuns(),
  };

  constructor(
    private readonly states: (RunState | undefined)[] = [aRunState({ status: 'SUCCEEDED' })],
    private readonly ending: Report | undefined = aReport(),
  ) {}

  async put(key: string, file: string, { again }: { again: boolean }): Promise<PutFile> {
    const content = readFileSync(file, 'utf8');
    const before = this.objects.get(key);
    const uploaded = again || before?.content !== content;
    const versions = (before?.versions ?? 0) + (uploaded ? 1 : 0);
    this.objects.set(key, { content, versions });
    return { object: { bucket: this.buckets.input, key, versionId: `v${versions}` }, uploaded };
  }

  unusedPermissions() {
    return [{ role: 'arn:aws:iam::000000000000:role/Submit', action: 'batch:ListJobs', resources: ['*'] }];
  }

  async find({ bucket, key }: { bucket: string; key: string }): Promise<ObjectRef | undefined> {
    const found = bucket === this.buckets.input ? this.objects.get(key) : undefined;
    return found && { bucket, key, versionId: `v${found.versions}` };
  }

  store(bucket: string): MemoryObjectStore {
    const store = new MemoryObjectStore(bucket);
    for (const [key, { content }] of this.objects) store.put(key, content);
    return store;
  }

  listing(bucket: string, onRequest: () => void = () => undefined): VersionListing {
    const listing = new MemoryListing(this.store(bucket));
    return {
      listVersions: (prefix, place) => {
        onRequest();
        return listing.listVersions(prefix, place);
      },
    };
  }

  async request(request: RunRequest): Promise<void> {
    this.requests.push(request);
  }

  async look(runId: string): Promise<RunState | undefined> {
    this.looked.push(runId);
    return this.states.length > 1 ? this.states.shift() : this.states[0];
  }

  async report(runId: string): Promise<Report | undefined> {
    return this.ending && { ...this.ending, runId };
  }

  async sweep() {
    return {
      schema: 'sweep.v1' as const,
      at: '2026-01-01T00:00:00.000Z',
      looked: 1,
      findings: [{ runId: 'orders-1', did: 'woke' as const, why: 'lost' }],
    };
  }

  async stop(): Promise<void> {
    this.stopped += 1;
  }
}
