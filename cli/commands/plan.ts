import type { ObjectStore } from '../../adapters/ports';
import type { Cloud } from '../cloud/port';
import { ExitCode, refusingByName, UsageError } from '../errors';
import { noticeTo } from '../execute';
import type { Io, Outcome } from '../io';
import { checkQueries, readJobsFolder, requireJob } from '../jobs';
import { type AddCommand, type CommonOptions, commonOptions, withCommonOptions } from '../options';
import { planListing } from '../plan-listing';
import { planSources } from '../plan-sources';
import { type Findings, type PlannedJob, planNamed, viewOf } from '../plan-view';
import { renderPlan } from '../render/plan';
import { isRunSource, parseSources, refuseOutside, type Source } from '../sources';
import { openState } from '../state/folder';
import { pastRuns } from '../state/runs';

const EXAMPLES = `
Examples:
  $ npx batchwright plan flights my.csv              how my.csv would be cut; nothing is uploaded, nothing runs
  $ npx batchwright plan flights a.csv b.csv --json
  $ npx batchwright plan flights s3://bucket/a.csv   an object of the local cloud
  $ npx batchwright plan flights s3://bucket/incoming/flights/         everything below a prefix
  $ npx batchwright plan flights s3://bucket/…/manifest.json --inventory   the same, as an S3 Inventory has it

Exit codes: 0 planned, 2 bad spec, file or usage, or an input that a run would refuse.`;

/** `plan <job> <files…>` */
export const addPlan: AddCommand = (program, io, answer) => {
  withCommonOptions(program.command('plan'))
    .description('tell how files would be cut into chunks and tasks, and what a run would take')
    .argument('<job>', 'name of a job spec')
    .argument('<files...>', 'files or s3 URIs')
    .option('--inventory', 'the URI is that of an S3 Inventory’s manifest')
    .addHelpText('after', EXAMPLES)
    .action(async (job: string, files: readonly string[], options) => {
      answer(await planJob({ job, files, inventory: options.inventory === true }, commonOptions(options, io), io));
    });
};

export interface PlanArguments {
  readonly job: string;
  readonly files: readonly string[];
  /** Whether the file is the manifest of an S3 Inventory. @default false */
  readonly inventory?: boolean;
}

/** Plans over files where they lie; the local cloud is brought up only where an object is named. */
export async function planJob({ job: name, files, inventory = false }: PlanArguments, options: CommonOptions, io: Io): Promise<Outcome> {
  const job = requireJob(name, await checkQueries(readJobsFolder(options.jobsDir, io.cwd), io.cwd));
  const sources = parseSources(files, io.cwd, { inventory, notice: noticeTo(io, options.quiet) });
  await refuseOutside(job, sources);
  const planned = { job, history: pastRuns(options.stateDir, name) };
  const findings = await withCloud(sources, { options, io }, (cloud) =>
    refusingByName(() => look(sources, planned, { cloud, cwd: io.cwd })),
  );
  const view = viewOf(findings);
  return { exitCode: ExitCode.Ok, json: view, text: renderPlan(view) };
}

interface Place {
  /** Brought up only where something of it is named. */
  readonly cloud: Cloud | undefined;
  readonly cwd: string;
}

async function look(sources: readonly Source[], planned: PlannedJob, { cloud, cwd }: Place): Promise<Findings> {
  const [source] = sources;
  if (isRunSource(source) && cloud) return planListing(source, planned, cloud);
  const openBucket = (bucket: string): ObjectStore => {
    if (cloud) return cloud.store(bucket);
    throw new UsageError(`no cloud holds the bucket ${bucket}`);
  };
  return planNamed(await planSources(sources, cwd, openBucket), planned);
}

async function withCloud<T>(
  sources: readonly Source[],
  { options, io }: { readonly options: CommonOptions; readonly io: Io },
  use: (cloud: Cloud | undefined) => Promise<T>,
): Promise<T> {
  const cloud = sources.some(({ kind }) => kind !== 'file') ? await openCloud(options, io) : undefined;
  try {
    return await use(cloud);
  } finally {
    await cloud?.stop();
  }
}

function openCloud({ jobsDir, stateDir, quiet }: CommonOptions, io: Io): Promise<Cloud> {
  openState(stateDir);
  return io.openCloud({ jobsDir, stateDir, log: noticeTo(io, quiet) });
}
