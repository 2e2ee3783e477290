import { abortRun } from '../../adapters/aborting';
import { concludeRun } from '../../adapters/redriving';
import { ExitCode, UsageError } from '../errors';
import { inCloud } from '../execute';
import { follow } from '../flow';
import { type AddCommand, commonOptions, withCommonOptions } from '../options';
import { knownRuns } from '../state/runs';
import { findRun } from './show';

const EXAMPLES = `
Its tasks are ended, its uploads forgotten, and nothing is published. A run that is being published already is not stopped.

Examples:
  $ npx batchwright abort flights-3f9a                      the beginning of an id is enough
  $ npx batchwright abort flights-3f9a --reason "wrong file"

Exit codes: 0 aborted, 1 something failed, 2 the run has ended or is being published.`;

/** `abort <run>`: stops a run for good. */
export const addAbort: AddCommand = (program, io, answer) => {
  withCommonOptions(program.command('abort'))
    .description('stop a run; nothing of it is published')
    .argument('<run>', 'a run id, or the beginning of one')
    .option('--reason <text>', 'why, for the report', 'by hand')
    .addHelpText('after', EXAMPLES)
    .action(async (wanted: string, options) => {
      const common = commonOptions(options, io);
      const { runId, report } = findRun(knownRuns(common.stateDir), wanted);
      if (report) throw new UsageError(`${runId} has ended ${report.status} already`);
      const outcome = await inCloud(common, io, async (deps) => {
        const request = { schema: 'abort.v1', at: new Date().toISOString(), reason: String(options.reason) } as const;
        const aborted = await abortRun(runId, request, deps.cloud.control);
        if (aborted.outcome === 'too late') throw new UsageError(`${runId} was decided to ${aborted.decision} already`);
        deps.notice(`asked to stop; ${aborted.terminated} jobs ended`);
        // An execution that has ended without a report, or has not begun, would not find the request.
        const concluding = await concludeRun(runId, { ...deps.cloud.control, now: () => new Date() });
        return follow({ runId, drive: aborted.drive, ...concluding }, deps);
      });
      answer({ ...outcome, exitCode: ExitCode.Ok });
    });
};
