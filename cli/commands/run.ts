import { execute, noticeTo } from '../execute';
import type { Io, Outcome } from '../io';
import { checkQueries, readJobsFolder, requireJob } from '../jobs';
import { type AddCommand, type CommonOptions, commonOptions, withCommonOptions, withFaults } from '../options';
import { samplesFor } from '../samples';
import { parseSources, refuseOutside } from '../sources';
import { cleanState, openState } from '../state/folder';

const EXAMPLES = `
Examples:
  $ npx batchwright run flights                     the example's own real data
  $ npx batchwright run flights my.csv              drops my.csv under the job's prefix; the event starts the run
  $ npx batchwright run flights a.csv b.csv         one run over both files
  $ npx batchwright run flights s3://bucket/a.csv   one run over an object that is there already
  $ npx batchwright run flights s3://bucket/incoming/flights/       one run over everything below a prefix
  $ npx batchwright run flights s3://bucket/…/manifest.json --inventory   the same, as an S3 Inventory has it
  $ npx batchwright run flights my.csv --again      the same file once more, as a new version
  $ npx batchwright run flights my.csv --faults storm.yaml   and see what becomes of it when things go wrong

Exit codes: 0 published, 1 the run failed, 2 bad spec, file or usage.`;

/** `run <job> [files…]` */
export const addRun: AddCommand = (program, io, answer) => {
  withFaults(withCommonOptions(program.command('run')))
    .description('process files in the local cloud and wait for the report')
    .argument('<job>', 'name of a job spec')
    .argument('[files...]', 'files or s3 URIs; sample data for the example jobs when left out')
    .option('--inventory', 'the URI is that of an S3 Inventory’s manifest')
    .option('--again', 'run even if the same content was processed before')
    .option('--clean', 'forget all former runs and objects first')
    .addHelpText('after', EXAMPLES)
    .action(async (job: string, files: readonly string[], options) => {
      const [again, clean, inventory] = [options.again === true, options.clean === true, options.inventory === true];
      answer(await runJob({ job, files, again, clean, inventory }, commonOptions(options, io), io));
    });
};

export interface RunArguments {
  readonly job: string;
  readonly files: readonly string[];
  readonly again: boolean;
  readonly clean: boolean;
  /** Whether the file is the manifest of an S3 Inventory. @default false */
  readonly inventory?: boolean;
}

/** Everything that can be refused is refused before the cloud is brought up. */
export async function runJob(
  { job: name, files, again, clean, inventory }: RunArguments,
  options: CommonOptions,
  io: Io,
): Promise<Outcome> {
  const job = requireJob(name, await checkQueries(readJobsFolder(options.jobsDir, io.cwd), io.cwd));
  const given = parseSources(files, io.cwd, { inventory, notice: noticeTo(io, options.quiet) });
  await refuseOutside(job, given);
  if (clean) await cleanState(options.stateDir);
  openState(options.stateDir);
  const sources = given.length > 0 ? given : await sampleSources(name, options, io);
  return execute({ job, sources, again }, options, io);
}

async function sampleSources(job: string, { stateDir, quiet }: CommonOptions, io: Io) {
  const samples = await samplesFor(job, stateDir);
  noticeTo(io, quiet)(`sample data: ${samples.join(', ')}`);
  return parseSources(samples, io.cwd);
}
