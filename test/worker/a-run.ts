import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { Tally } from '../../adapters/tally';
import { Chunk, Complaint, type Fence, Marker, type Plan, type PlannedObject, Range } from '../../core/contracts';
import { chunkId, chunksKey, complaintsPrefix, fenceKey, markerKey, markersPrefix, planKey, tasksIndexKey } from '../../core/keys';
import { tile } from '../../core/plan/chunking';
import { encodeTaskEntry } from '../../core/plan/task-index';
import { dialectOf, parseHeader } from '../../core/records';
import { JobSpec } from '../../core/spec/schema';
import { runTask, type TaskRef } from '../../worker/task';
import { MemoryObjectStore } from '../support/memory-store';
import { MemoryPendingUploads } from '../support/memory-uploads';

type SpecInput = Record<string, unknown>;
type Schema = Record<string, unknown>;

export interface RunOptions {
  readonly files: readonly (string | Buffer)[];
  readonly spec: SpecInput;
  readonly schemas?: { readonly input?: Schema; readonly output?: Schema };
  readonly chunkBytes?: number;
  readonly jobsFolder?: string;
  /** What Plan would have found out about the files, in place of reading their headers as plain text. */
  readonly planned?: Pick<PlannedObject, 'header' | 'compression'>;
  readonly secondsLeft?: () => number;
  /** Lookups as Plan would have pinned them, by name: what the object holds. */
  readonly lookups?: Readonly<Record<string, string | Buffer>>;
  /** Ranges in place of the tiles, e.g. for Parquet. */
  readonly chunks?: readonly Chunk[];
}

const RUN = 'job-0123456789abcdef';

/** A planned run of one task in memory, ready for workers. */
export class ARun {
  readonly state = new MemoryObjectStore('state');
  readonly input = new MemoryObjectStore('input');
  readonly output = new MemoryObjectStore('output');
  /** A bucket that is not the deployment's own. */
  readonly shared = new MemoryObjectStore('shared');
  readonly uploads = new MemoryPendingUploads(this.output);
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'worker-test-'));
  readonly logged: string[] = [];
  readonly plan: Plan;
  readonly chunks: readonly Chunk[];

  constructor(private readonly options: RunOptions) {
    const spec = JobSpec.parse({ name: 'job', output: { format: 'jsonl' }, ...options.spec });
    const dialect = dialectOf(spec.input);
    const objects = options.files.map((content, i) => {
      const { key, versionId, bytes, etag, checksum } = this.input.put(`incoming/file-${i}`, content);
      const header = dialect?.header && !options.planned ? parseHeader(Buffer.from(content), dialect, { complete: true }) : undefined;
      return { bucket: 'input', key, versionId, bytes, etag, checksum, ...(header && { header }), ...options.planned };
    });
    const ranges = objects.flatMap(({ bytes }, object) =>
      tile(bytes, options.chunkBytes ?? bytes).map((range) => Range.parse({ object, ...range })),
    );
    this.chunks = options.chunks ?? ranges.map((range, i) => Chunk.parse({ id: chunkId(i), ranges: [range] }));
    const worker = { jobDefinition: 'jd:1', image: 'image', architecture: 'arm64' as const, profile: { vcpu: 1, memoryMiB: 2048 } };
    this.plan = {
      schema: 'plan.v1',
      runId: RUN,
      job: 'job',
      objects,
      bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
      chunks: this.chunks.length,
      tasks: 1,
      config: { schema: 'config.v1', spec, schemas: options.schemas ?? {}, worker },
      pins: { jobDefinition: 'jd:1', image: 'image', config: 'v1', stateMachine: 'arn' },
      ...(options.lookups && { lookups: this.pinned(options.lookups) }),
      output: { bucket: 'output', prefix: `job/${RUN}/` },
      sizing: { chunkBytes: options.chunkBytes ?? 0, tasksTarget: 1, why: 'a test' },
    };
    this.write();
  }

  private pinned(lookups: NonNullable<RunOptions['lookups']>): Plan['lookups'] {
    return Object.entries(lookups).map(([name, content]) => {
      const { key, versionId, bytes } = this.shared.put(`lookups/${name}`, content);
      return { name, bucket: 'shared', key, versionId, bytes };
    });
  }

  private write(): void {
    const lines = this.chunks.map((chunk) => `${JSON.stringify(chunk)}\n`).join('');
    const fence: Fence = {
      schema: 'fence.v1',
      runId: RUN,
      job: 'job',
      round: 0,
      array: { array: 0, firstTask: 0, tasks: 1, capacity: 'spot', profile: this.plan.config.worker.profile },
      jobName: `${RUN}-r0-a0`,
      jobDefinition: 'jd:1',
    };
    this.state.put(planKey(RUN), JSON.stringify(this.plan));
    this.state.put(chunksKey(RUN, 0), lines);
    this.state.put(tasksIndexKey(RUN, 0), encodeTaskEntry({ start: 0, end: Buffer.byteLength(lines) }));
    this.state.put(fenceKey(RUN, 0, 0), JSON.stringify(fence));
  }

  /** Runs the task as a worker process would; answers its exit code. */
  work(ref: Partial<TaskRef> = {}, signal: AbortSignal = new AbortController().signal): Promise<number> {
    return runTask(
      { runId: RUN, round: 0, array: 0, jobId: 'job-1', index: 0, attempt: 1, ...ref },
      {
        state: this.state,
        input: this.input,
        output: this.uploads,
        bucket: () => this.shared,
        log: (event, fields) => this.logged.push(JSON.stringify({ event, ...fields })),
        signal,
        scratch: this.folder,
        jobsFolder: this.options.jobsFolder ?? path.resolve('jobs'),
        childEnvironment: { PATH: process.env.PATH ?? '' },
        retries: { input: new Tally(), output: new Tally() },
        secondsLeft: this.options.secondsLeft ?? (() => Number.POSITIVE_INFINITY),
        now: () => new Date('2026-11-23T00:00:00Z'),
      },
    );
  }

  markers(): Marker[] {
    return this.state.keys(markersPrefix(RUN)).map((key) => Marker.parse(JSON.parse(this.state.text(key))));
  }

  marker(chunk = 0): Marker {
    return Marker.parse(JSON.parse(this.state.text(markerKey(RUN, chunkId(chunk)))));
  }

  complaints(): Complaint[] {
    return this.state.keys(complaintsPrefix(RUN, 0)).map((key) => Complaint.parse(JSON.parse(this.state.text(key))));
  }

  counts() {
    const zero = { read: 0, written: 0, filtered: 0, quarantined: 0 };
    return this.markers().reduce(
      (sum, { counts }) => ({
        read: sum.read + counts.read,
        written: sum.written + counts.written,
        filtered: sum.filtered + counts.filtered,
        quarantined: sum.quarantined + counts.quarantined,
      }),
      zero,
    );
  }

  async quarantined(): Promise<
    { offset: number; record: number; class: string; reason: string; raw?: string; rawBase64?: string; rawBytes?: number; key: string }[]
  > {
    const bodies = await Promise.all(this.markers().flatMap(({ quarantine }) => (quarantine ? [this.state.read(quarantine.key)] : [])));
    return bodies.flatMap((body) =>
      gunzipSync(body)
        .toString()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
  }

  /** Completes every part as Commit does. */
  async publish(): Promise<string[]> {
    for (const { parts } of this.markers()) {
      for (const { key, uploadId, pieces, checksum } of parts)
        await this.uploads.complete({ key, uploadId, pieces, checksum: checksum.value });
    }
    return this.output.keys();
  }

  /** All published rows in order, read by DuckDB. */
  async rows(reader: string): Promise<Record<string, unknown>[]> {
    const keys = await this.publish();
    const files = await Promise.all(
      keys.map(async (key) => {
        const file = path.join(this.folder, path.basename(key));
        writeFileSync(file, await this.output.read(key));
        return `'${file}'`;
      }),
    );
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const result = await connection.runAndReadAll(reader.replaceAll('FILES', `[${files.join(', ')}]`));
    const rows = result.getRowObjectsJson();
    connection.closeSync();
    instance.closeSync();
    return rows as Record<string, unknown>[];
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs `use` with a run that is cleared away afterwards. */
export async function withRun<T>(options: RunOptions, use: (run: ARun) => Promise<T>): Promise<T> {
  const run = new ARun(options);
  try {
    return await use(run);
  } finally {
    run.close();
  }
}
