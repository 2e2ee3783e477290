import type { Report } from '../../core/report/report-contract';
import { editDistance } from '../../core/spec/nearest';
import { ExitCode, UsageError } from '../errors';
import { type AddCommand, commonOptions, withCommonOptions } from '../options';
import { renderReport } from '../render/report';
import { withLocalPath } from '../state/local-path';
import { type KnownRun, knownRuns } from '../state/runs';

const EXAMPLES = `
Examples:
  $ npx batchwright show flights-3f9a            the beginning of an id is enough
  $ npx batchwright show flights-3f9a --json`;

/** `show <run>`: the report of a run, from the state folder alone. */
export const addShow: AddCommand = (program, io, answer) => {
  withCommonOptions(program.command('show'))
    .description('print the report of a run')
    .argument('<run>', 'a run id, or the beginning of one')
    .addHelpText('after', EXAMPLES)
    .action((wanted: string, options) => {
      const { stateDir } = commonOptions(options, io);
      const { report, reportPath } = findReported(knownRuns(stateDir), wanted);
      const local = withLocalPath(report, stateDir);
      answer({ exitCode: ExitCode.Ok, json: local, text: renderReport(local, { stateDir, colors: io.colors, reportPath }) });
    });
};

/** How many ids are worth showing to somebody who mistyped one. */
const NEAREST = 3;

/** The one run whose id is, or begins with, what was asked for. */
export function findRun(runs: readonly KnownRun[], wanted: string): KnownRun {
  const exact = runs.find(({ runId }) => runId === wanted);
  const [first, ...others] = exact ? [exact] : runs.filter(({ runId }) => wanted !== '' && runId.startsWith(wanted));
  if (!first) throw new UsageError(`unknown run "${wanted}", ${known(runs, wanted)}`);
  if (others.length === 0) return first;
  throw new UsageError(
    `"${wanted}" begins the ids of ${others.length + 1} runs: ${[first, ...others].map(({ runId }) => runId).join(', ')}`,
  );
}

function known(runs: readonly KnownRun[], wanted: string): string {
  if (runs.length === 0) return 'there are no runs yet';
  const distance = ({ runId }: KnownRun): number => editDistance(runId.slice(0, wanted.length), wanted.slice(0, runId.length));
  const nearest = runs.toSorted((a, b) => distance(a) - distance(b)).slice(0, NEAREST);
  return `nearest: ${nearest.map(({ runId }) => runId).join(', ')}`;
}

function findReported(runs: readonly KnownRun[], wanted: string): KnownRun & { readonly report: Report } {
  const { report, publishing, ...run } = findRun(runs, wanted);
  if (publishing)
    throw new UsageError(`${run.runId} is being published and has no report yet: batchwright redrive ${run.runId} goes on with it now`);
  if (!report) throw new UsageError(`${run.runId} has no report yet: it ends with its run, which goes on with the next start`);
  return { ...run, report };
}
