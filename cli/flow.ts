import { setTimeout as sleep } from 'node:timers/promises';
import { mapConcurrently } from '../adapters/concurrency';
import { pinSource } from '../adapters/run-source';
import type { ObjectRef, RunSource } from '../core/contracts';
import { requestKey } from '../core/keys';
import { prefixOf } from '../core/plan/source-scope';
import type { Report } from '../core/report/report-contract';
import { distinctObjects, identityOf, runIdOf, sourceRunIdOf } from '../core/run-id';
import type { LoadedJob } from '../core/spec/load';
import type { Cloud, PutFile, RunState } from './cloud/port';
import { CloudError, InterruptedError, refusingByName, UsageError } from './errors';
import { chooseRun, judgeLastRun } from './last-run';
import type { View } from './render/view';
import { isRunSource, nameOf, type Source } from './sources';

/** Twice a second is live enough for people. */
const LOOK_EVERY_MS = 500;
/** An event is in flight for moments; a run that has not begun by then will not. */
const BEGIN_WITHIN_SECONDS = 60;

/** Each may hold a file of 64 MiB in memory. */
const SOURCES_AT_ONCE = 4;

export interface FlowDeps {
  readonly cloud: Cloud;
  readonly view: View;
  readonly notice: (line: string) => void;
  readonly interrupted: AbortSignal;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** @default 500 ms between looks */
  readonly lookEveryMs?: number;
  /** @default 60 s */
  readonly beginWithinSeconds?: number;
}

export interface Order {
  readonly job: LoadedJob;
  readonly sources: readonly Source[];
  /** A run of its own, even if the same files were processed before. */
  readonly again: boolean;
}

/** From files to the final report. One local file is dropped under the job's prefix, as anybody would; more are one requested run. */
export async function runFlow(order: Order, deps: FlowDeps): Promise<Report> {
  const run = await submit(order, deps);
  deps.notice(`run ${run.runId}`);
  return follow(run, deps);
}

export interface DriveOfRun {
  readonly runId: string;
  /** 0 for the first one. */
  readonly drive: number;
  /** The execution to wait for. @default - the drive's own */
  readonly execution?: string;
}

/** Waits until a drive of a run has ended; its report. */
export async function follow(run: DriveOfRun, deps: FlowDeps): Promise<Report> {
  const { runId, drive } = run;
  const last = await watch(run, deps);
  const report = await deps.cloud.report(runId, drive);
  if (report) return report;
  throw new CloudError(
    `run ${runId} ended ${last.status} without a report: ${last.cause ?? 'no cause given'}; the next sweep concludes it, and batchwright redrive ${runId} does so now`,
  );
}

function submit(order: Order, deps: FlowDeps): Promise<DriveOfRun> {
  const [only, ...others] = order.sources;
  if (isRunSource(only)) return requestSource(order, only, deps);
  return only?.kind === 'file' && others.length === 0 ? drop(order, only, deps) : request(order, deps);
}

/** From the drop on everything is events: the run's id follows from the object's version. */
async function drop(
  { job, again }: Pick<Order, 'job' | 'again'>,
  file: { readonly path: string; readonly name: string },
  deps: FlowDeps,
): Promise<DriveOfRun> {
  const { name, input } = job.spec;
  const key = `${input.prefix}${file.name}`;
  const { object, uploaded } = await deps.cloud.put(key, file.path, { again });
  const uri = `s3://${object.bucket}/${key}`;
  const runId = runIdOf(name, [object]);
  if (uploaded) {
    deps.notice(`dropped ${file.name} at ${uri}`);
    return { runId, drive: 0 };
  }
  const last = await judgeLastRun(runId, name, deps.cloud);
  if (last.again !== undefined) {
    deps.notice(`${uri} is this very file already, but ${last.again}: running again`);
    return drop({ job, again: true }, file, deps);
  }
  deps.notice(last.shown ?? `${uri} is this very file already: showing its run (--again makes another)`);
  return { runId, drive: last.drive };
}

/** The source is listed here, because the run's name follows from what it holds; Plan lists it again and compares. */
async function requestSource({ job, again }: Order, source: RunSource, { cloud, notice }: FlowDeps): Promise<DriveOfRun> {
  const { name } = job.spec;
  await refusingByName(() => prefixOf(source, { inputBucket: cloud.buckets.input, spec: job.spec }));
  const pinned = await pinSource(source, { listing: cloud.listing(cloud.buckets.input), bucket: (bucket) => cloud.store(bucket) });
  if (!pinned) throw new UsageError(`${source.kind === 'prefix' ? 'no object lies below' : 'no such object:'} ${nameOf(source)}`);
  const same = { job: name, again, runId: (nonce?: string) => sourceRunIdOf(name, pinned, nonce) };
  const { runId, drive, nonce } = await chooseRun(same, { cloud, notice });
  await cloud.request({ job: name, ...pinned, ...(nonce !== undefined && { nonce }) });
  notice(`requested one run over ${nameOf(source)}`);
  return { runId, drive };
}

async function request({ job, sources, again }: Order, { cloud, notice }: FlowDeps): Promise<DriveOfRun> {
  const { name } = job.spec;
  const objects = distinctVersions(await findVersions(name, sources, cloud), notice);
  const same = { job: name, again, runId: (nonce?: string) => runIdOf(name, objects, nonce) };
  const { runId, drive, nonce } = await chooseRun(same, { cloud, notice });
  await cloud.request({ job: name, objects, ...(nonce !== undefined && { nonce }) });
  notice(`requested one run over ${objects.length} object${objects.length === 1 ? '' : 's'}`);
  return { runId, drive };
}

interface FoundVersion {
  readonly source: Source;
  readonly object: ObjectRef;
}

/** Files first: an object that is named by its URI may be one of them. */
async function findVersions(job: string, sources: readonly Source[], cloud: Cloud): Promise<readonly FoundVersion[]> {
  const files = sources.filter((source) => source.kind === 'file');
  const puts = await mapConcurrently(files, SOURCES_AT_ONCE, ({ name, path }) => cloud.put(requestKey(job, name), path, { again: false }));
  const objects = new Map<Source, ObjectRef>(files.map((file, i) => [file, (puts[i] as PutFile).object]));
  return mapConcurrently(sources, SOURCES_AT_ONCE, async (source) => ({
    source,
    object: objects.get(source) ?? (await findObject(source, cloud)),
  }));
}

async function findObject(source: Source, cloud: Cloud): Promise<ObjectRef> {
  const object = source.kind === 'object' ? await cloud.find(source) : undefined;
  if (!object) throw new UsageError(`no such object: ${nameOf(source)}`);
  return object;
}

/** Each object version once; what is left out is told. */
function distinctVersions(found: readonly FoundVersion[], notice: FlowDeps['notice']): readonly ObjectRef[] {
  const first = new Map<string, Source>();
  for (const { source, object } of found) {
    const before = first.get(identityOf(object));
    if (before) notice(`${nameOf(source)} is the same version of an object as ${nameOf(before)}: it is read once`);
    else first.set(identityOf(object), source);
  }
  return distinctObjects(found.map(({ object }) => object));
}

/** Waits until the run has ended; answers how. */
async function watch({ runId, drive, execution }: DriveOfRun, deps: FlowDeps): Promise<RunState> {
  const { cloud, view, now, lookEveryMs = LOOK_EVERY_MS } = deps;
  const begin = now();
  let readBefore: number | undefined;
  for (;;) {
    const run = await cloud.look(runId, drive, execution);
    const seconds = (now() - begin) / 1000;
    if (run) {
      readBefore ??= run.records.read;
      view.update({ run, seconds, readBefore });
      if (run.status !== 'RUNNING') return run;
    } else if (seconds > (deps.beginWithinSeconds ?? BEGIN_WITHIN_SECONDS)) {
      throw new CloudError(notBegun(runId, seconds));
    }
    await pause(lookEveryMs, deps.interrupted, runId);
  }
}

const notBegun = (runId: string, seconds: number): string =>
  `run ${runId} did not begin within ${Math.round(seconds)} s: look into the dead-letter queue of the job's queue and the log of the intake function; the file is kept`;

async function pause(milliseconds: number, interrupted: AbortSignal, runId: string): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal: interrupted });
  } catch (error) {
    if (!interrupted.aborted) throw error;
    throw new InterruptedError(`interrupted: the run goes on with the next start (${runId})`);
  }
}
