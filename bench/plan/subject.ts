import { randomUUID } from 'node:crypto';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { createVersionListing } from '../../adapters/aws/listing';
import { createObjectStore } from '../../adapters/aws/object-store';
import { createPendingUploads } from '../../adapters/aws/pending-uploads';
import { chunksWithin, linesOfTasks } from '../../adapters/chunk-lists';
import { countRequests } from '../../adapters/counted-store';
import { createJson } from '../../adapters/json';
import type { JobConfig, RunInput } from '../../core/contracts';
import { configKey, inputKey, planKey } from '../../core/keys';
import { MAX_ARRAY_TASKS } from '../../core/plan/packing';
import { linesOf } from '../../core/plan/task-index';
import { JobSpec } from '../../core/spec/schema';
import { plan } from '../../lambda/plan';
import { HUGE_KEY } from './seed';

/** What is measured, in a process of its own: `subject.ts list|plan|chunks <endpoint>`; prints what it took as JSON. */
const [mode = '', endpoint = ''] = process.argv.slice(2);

const JOB = 'bench';
const PREFIX = 'in/';

const client = new S3Client({
  endpoint,
  region: 'us-east-1',
  forcePathStyle: true,
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
});
const state = createObjectStore('state', client);
const input = createObjectStore('input', client);

/** The bare listing: page after page, nothing done with it. */
async function list(): Promise<{ readonly objects: number }> {
  let objects = 0;
  let next: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (next) {
    const page: Awaited<ReturnType<typeof listPage>> = await listPage(next);
    objects += page.Versions?.length ?? 0;
    next = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
  }
  return { objects };
}

const listPage = (from: { KeyMarker?: string; VersionIdMarker?: string }) =>
  client.send(new ListObjectVersionsCommand({ Bucket: 'input', Prefix: PREFIX, ...from }));

function configOf(prefix: string): JobConfig {
  const spec = JobSpec.parse({
    name: JOB,
    input: { prefix, format: 'csv' },
    process: { sql: 'SELECT * FROM input' },
    output: { format: 'jsonl' },
  });
  const worker = { jobDefinition: 'jd:1', image: 'image', architecture: 'arm64' as const, profile: { vcpu: 1, memoryMiB: 2048 } };
  return { schema: 'config.v1', spec, schemas: {}, worker };
}

const deps = {
  state,
  input,
  texts: createPendingUploads('state', client),
  output: createObjectStore('output', client),
  listing: createVersionListing('input', {}, client),
  bucket: () => input,
  log: { info: () => undefined, error: () => undefined },
  maxVcpus: 256,
  remainingMs: () => Number.POSITIVE_INFINITY,
  now: () => new Date(),
};

/** The Plan step itself, as the state machine calls it. */
async function planRun(order: Pick<RunInput, 'objects' | 'source'>, prefix: string) {
  const runId = `${JOB}-${randomUUID().slice(0, 8)}`;
  await createJson(state, configKey(JOB), configOf(prefix));
  await createJson(state, inputKey(runId), { schema: 'input.v1', runId, job: JOB, ...order });
  const begun = performance.now();
  await plan({ runId, job: JOB, stateMachine: 'arn' }, deps);
  const planSeconds = (performance.now() - begun) / 1000;
  const { listing, chunks, bytes, tasks, sizing } = JSON.parse((await state.read(planKey(runId))).toString());
  return { runId, planSeconds, objects: listing?.objects ?? order.objects.length, chunks, bytes, tasks, why: sizing.why };
}

const planPrefix = () => planRun({ objects: [], source: { kind: 'prefix', bucket: 'input', prefix: PREFIX } }, PREFIX);

/** One object of a million chunks planned; then what a child asks to find its own. */
async function chunks() {
  const head = await input.head(HUGE_KEY);
  const objects = [{ bucket: 'input', key: HUGE_KEY, versionId: head?.versionId ?? '' }];
  const planned = await planRun({ objects }, 'one/');
  const at = { runId: planned.runId, round: 0, task: 0 };
  // What Submit puts into the fence of the first array, which every child reads to begin with.
  const lines = await linesOfTasks(state, at, Math.min(planned.tasks, MAX_ARRAY_TASKS));
  const { store, count } = countRequests(state);
  const range = linesOf(lines, Math.floor(planned.tasks / 2) % MAX_ARRAY_TASKS);
  const found = await chunksWithin(store, at, range);
  return { ...planned, lookup: { ...count, chunks: found.length }, fenceBytes: JSON.stringify(lines).length };
}

const MODES: Readonly<Record<string, () => Promise<object>>> = { list, plan: planPrefix, chunks };

async function measure(): Promise<void> {
  const run = MODES[mode];
  if (!run) throw new Error(`mode ${mode}, expected ${Object.keys(MODES).join(', ')}`);
  const started = performance.now();
  const result = await run();
  const seconds = (performance.now() - started) / 1000;
  console.log(JSON.stringify({ ...result, seconds, peakRssBytes: process.resourceUsage().maxRSS * 1024 }));
}

void measure();
