import { ExitCode } from '../errors';
import type { Outcome } from '../io';
import { checkQueries, errorsOf, type JobsFolder, readJobsFolder, requireNames } from '../jobs';
import { type AddCommand, commonOptions, withCommonOptions } from '../options';
import { formatComplaint } from '../render/complaint';
import { plural } from '../render/text';

const EXAMPLES = `
Examples:
  $ npx batchwright validate                     every spec of jobs/
  $ npx batchwright validate flights --json      one spec, for programs
  $ npx batchwright validate --jobs other/jobs`;

/** `validate [job…]`: tells every error of every spec, with file, line and column. */
export const addValidate: AddCommand = (program, io, answer) => {
  withCommonOptions(program.command('validate'))
    .description('check job specs and the files that they name')
    .argument('[job...]', 'names of jobs; all of them when left out')
    .addHelpText('after', EXAMPLES)
    .action(async (names: readonly string[], options) => {
      const { jobsDir } = commonOptions(options, io);
      answer(validate(names, await checkQueries(readJobsFolder(jobsDir, io.cwd), io.cwd), io.colors));
    });
};

/** Judges the named specs, or all; two specs that clash are an error of the later one. */
export function validate(names: readonly string[], folder: JobsFolder, colors: boolean): Outcome {
  requireNames(names, folder);
  const wanted = names.length === 0 ? folder.names : names;
  const errors = wanted.flatMap((name) => errorsOf(name, folder));
  const ok = errors.length === 0;
  const verdict = ok ? `${plural(wanted.length, 'job')} valid: ${wanted.join(', ')}` : plural(errors.length, 'error');
  return {
    exitCode: ok ? ExitCode.Ok : ExitCode.Usage,
    json: { ok, errors },
    text: `${[...errors.map((error) => formatComplaint(error, colors)), verdict].join('\n')}\n`,
  };
}
