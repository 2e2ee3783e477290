import { countRequests } from '../../adapters/counted-store';
import { withInferredSchema } from '../../adapters/inferred-config';
import type { ObjectStore } from '../../adapters/ports';
import { samplingStore } from '../../adapters/samples';
import { divisibles, plannedObjects } from '../../adapters/sources';
import type { JobConfig, ObjectRef } from '../../core/contracts';
import { profileOf } from '../../core/fargate';
import { DEFAULT_MAX_VCPUS, forecast } from '../../core/forecast';
import { isInferred } from '../../core/inference/infer-schema';
import { decidePlan, type PlanDecision, taskBytesOf } from '../../core/make-plan';
import { arraysOf } from '../../core/packing';
import type { HistoryRecord } from '../../core/sizing';
import type { LoadedJob } from '../../core/spec/load';
import { StepFailure } from '../../core/step-failures';
import type { Cloud } from '../cloud/port';
import { ExitCode, UsageError } from '../errors';
import { noticeTo } from '../execute';
import type { Io, Outcome } from '../io';
import { readJobsFolder, requireJob } from '../jobs';
import { type AddCommand, type CommonOptions, commonOptions, withCommonOptions } from '../options';
import { planSources } from '../plan-sources';
import { type PlanView, renderPlan } from '../render/plan';
import { parseSources, type Source } from '../sources';
import { openState } from '../state/folder';
import { pastRuns } from '../state/runs';

const EXAMPLES = `
Examples:
  $ npx batchwright plan flights my.csv              how my.csv would be cut; nothing is uploaded, nothing runs
  $ npx batchwright plan flights a.csv b.csv --json
  $ npx batchwright plan flights s3://bucket/a.csv   an object of the local cloud

Exit codes: 0 planned, 2 bad spec, file or usage, or an input that a run would refuse.`;

/** `plan <job> <files…>` */
export const addPlan: AddCommand = (program, io, answer) => {
  withCommonOptions(program.command('plan'))
    .description('tell how files would be cut into chunks and tasks, and what a run would take')
    .argument('<job>', 'name of a job spec')
    .argument('<files...>', 'files or s3 URIs')
    .addHelpText('after', EXAMPLES)
    .action(async (job: string, files: readonly string[], options) => {
      answer(await planJob({ job, files }, commonOptions(options, io), io));
    });
};

/** Plans over files where they lie; the local cloud is brought up only where an object is named. */
export async function planJob(
  { job: name, files }: { readonly job: string; readonly files: readonly string[] },
  options: CommonOptions,
  io: Io,
): Promise<Outcome> {
  const job = requireJob(name, readJobsFolder(options.jobsDir, io.cwd));
  const sources = parseSources(files, io.cwd);
  const history = pastRuns(options.stateDir, name);
  const view = await withCloud(sources, { options, io }, (openBucket) =>
    refusingByName(() => makeView(job, { sources, history }, openBucket, io)),
  );
  return { exitCode: ExitCode.Ok, json: view, text: renderPlan(view) };
}

type OpenBucket = (bucket: string) => ObjectStore;

async function withCloud<T>(
  sources: readonly Source[],
  { options, io }: { readonly options: CommonOptions; readonly io: Io },
  use: (openBucket: OpenBucket) => Promise<T>,
): Promise<T> {
  const cloud = sources.some(({ kind }) => kind === 'object') ? await openCloud(options, io) : undefined;
  try {
    return await use((bucket) => {
      if (!cloud) throw new UsageError(`no cloud holds the bucket ${bucket}`);
      return cloud.store(bucket);
    });
  } finally {
    await cloud?.stop();
  }
}

function openCloud({ jobsDir, stateDir, quiet }: CommonOptions, io: Io): Promise<Cloud> {
  openState(stateDir);
  return io.openCloud({ jobsDir, stateDir, log: noticeTo(io, quiet) });
}

/** What Plan refuses is told under the name that the run would fail with. */
async function refusingByName<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof StepFailure) throw new UsageError([{ name: thrown.name, message: thrown.message }]);
    throw thrown;
  }
}

interface Input {
  readonly sources: readonly Source[];
  readonly history: readonly HistoryRecord[];
}

/** Reads as Plan does, decides as Plan does, and writes nothing. */
async function makeView(job: LoadedJob, { sources, history }: Input, openBucket: OpenBucket, io: Io): Promise<PlanView> {
  const { store, objects: refs } = await planSources(sources, io.cwd, openBucket);
  const { store: counted, count } = countRequests(store);
  const { config, parts } = await read(counted, refs, configOf(job));
  const decision = decidePlan({ spec: job.spec, divisibles: parts, history });
  const { input } = config.schemas;
  return {
    job: job.spec.name,
    objects: refs.length,
    ...count,
    ...summary(decision, config),
    ...(input && isInferred(input) && { inferredSchema: input }),
  };
}

async function read(store: ObjectStore, refs: readonly ObjectRef[], deployed: JobConfig) {
  const sampling = samplingStore(store, refs, deployed);
  const objects = await plannedObjects(sampling.store, refs, deployed);
  const config = await withInferredSchema(deployed, objects, sampling);
  return { config, parts: await divisibles(store, objects, config.spec.input.format) };
}

function summary(decision: PlanDecision, config: JobConfig) {
  const { bytes, chunks, tasks, sizing } = decision;
  const { profile } = config.worker;
  const arrays = arraysOf(tasks, { profile, capacity: config.spec.compute.capacity }).length;
  const plan = { bytes, chunks: chunks.length, tasks, config };
  return {
    bytes,
    chunks: chunks.length,
    tasks,
    arrays,
    sizing: { chunkBytes: sizing.chunkBytes, why: sizing.why },
    taskBytes: spread(taskBytesOf(decision)),
    preflight: forecast({ plan, profile, maxVcpus: DEFAULT_MAX_VCPUS }),
  };
}

function spread(sizes: readonly number[]): PlanView['taskBytes'] {
  if (sizes.length === 0) return { min: 0, mean: 0, max: 0 };
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const [min, max] = sizes.reduce(([low, high], size) => [Math.min(low, size), Math.max(high, size)], [total, 0]);
  return { min, mean: Math.round(total / sizes.length), max };
}

/** The job as a deployment would pin it, but for what only a deployment knows. */
const configOf = ({ spec, schemas }: LoadedJob): JobConfig => ({
  schema: 'config.v1',
  spec,
  schemas,
  worker: { jobDefinition: '', image: '', architecture: spec.compute.architecture, profile: profileOf(spec.compute) },
});
