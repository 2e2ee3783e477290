import { type AddCommand, commonOptions, withCommonOptions } from '../options';
import { jobsWithSamples } from '../samples';
import { runJob } from './run';

const EXAMPLES = `
Example jobs: ${jobsWithSamples.join(', ')} (see jobs/*.yaml)

What happens: the CDK app is synthesized, its templates are brought up on this machine, the file is put into
the input bucket with the ordinary S3 client, and from there on events do the rest. No AWS account, no Docker.

Examples:
  $ npm start                        three million US flights, CSV to Parquet, by SQL
  $ npm start -- birdstrikes         messy CSV, by a TypeScript function
  $ npm start -- zipcodes            by a Python program
  $ npm start -- flights --again     the same content as a new version: a second run
  $ npm start -- flights --clean     forget all former runs and objects first
  $ npm start -- --json --quiet      only the report, for programs

Exit codes: 0 published, 1 the run failed, 2 bad spec, file or usage.`;

/** `start [job]`: what `npm start` runs. */
export const addStart: AddCommand = (program, io, answer) => {
  withCommonOptions(program.command('start'))
    .description('run an example job on real data in the local cloud (npm start -- [job])')
    .argument('[job]', 'name of an example job', 'flights')
    .option('--again', 'upload the same content as a new version: a second run')
    .option('--clean', 'forget all former runs and objects first')
    .addHelpText('after', EXAMPLES)
    .action(async (job: string, options) => {
      answer(
        await runJob({ job, files: [], again: options.again === true, clean: options.clean === true }, commonOptions(options, io), io),
      );
    });
};
