import { countRequests, type RequestCount } from '../adapters/counted-store';
import { withSchemaOf } from '../adapters/inferred-config';
import { lookedPages } from '../adapters/looked-pages';
import type { ListedVersion, ObjectStore } from '../adapters/ports';
import { listingOf } from '../adapters/run-source';
import { lookClosely } from '../adapters/sources';
import type { JobConfig, RunSource } from '../core/contracts';
import { ChunkLines } from '../core/plan/chunk-lines';
import { chunkRuleOf } from '../core/plan/chunk-rule';
import { ListingPlanner } from '../core/plan/listing-planner';
import { decideTasks } from '../core/plan/make-plan';
import { prefixOf } from '../core/plan/source-scope';
import { createTaskCutter, type TaskCutter } from '../core/plan/task-cuts';
import type { Cloud } from './cloud/port';
import { UsageError } from './errors';
import { configOf, type Findings, type PlannedJob } from './plan-view';
import { nameOf } from './sources';

/** Lists a source as Plan does, decides as Plan does, and writes nothing. */
export async function planListing(source: RunSource, { job, history }: PlannedJob, cloud: Cloud): Promise<Findings> {
  const { input: inputBucket } = cloud.buckets;
  const count: RequestCount = { requests: 0, bytesRead: 0 };
  const store = (bucket: string): ObjectStore => countRequests(cloud.store(bucket), count).store;
  const listing = cloud.listing(inputBucket, () => {
    count.requests += 1;
  });
  const config = configOf(job);
  const prefix = prefixOf(source, { inputBucket, spec: job.spec });
  const pages = listingOf(source, { listing, bucket: store }, inputBucket).listVersions(prefix);
  const { planner, cutter } = await cut(pages, store(inputBucket), config);
  const { objects, bytes } = planner.found;
  if (objects === 0) throw new UsageError(`no object lies below s3://${inputBucket}/${prefix}, as ${nameOf(source)} has it`);
  const { chunks } = cutter.totals;
  const decided = decideTasks(job.spec, { bytes, chunks }, history);
  const samples = planner.sampled.map((sample) => ({ bucket: inputBucket, ...sample }));
  const taskBytes = cutter.cut(decided.tasks).map(({ work }) => work);
  return {
    objects,
    bytes,
    chunks,
    ...decided,
    taskBytes,
    config: await withSchemaOf(config, { samples, runBytes: bytes }, store(inputBucket)),
    count,
  };
}

async function cut(
  pages: AsyncIterable<readonly ListedVersion[]>,
  store: ObjectStore,
  config: JobConfig,
): Promise<{ readonly planner: ListingPlanner; readonly cutter: TaskCutter }> {
  const planner = new ListingPlanner(chunkRuleOf(config.spec));
  const cutter = createTaskCutter();
  const lines = new ChunkLines(cutter);
  const look = (object: ListedVersion) => lookClosely(store, { bucket: store.bucket, ...object }, config);
  for await (const { page, looks } of lookedPages(pages, { choose: planner.chooser(), look })) {
    for (const [i, object] of page.entries()) for (const chunk of planner.add(object, looks.get(i))) lines.add(chunk);
  }
  for (const chunk of planner.rest()) lines.add(chunk);
  return { planner, cutter };
}
