import { NotRedrivableError, redriveRun } from '../../adapters/redriving';
import { UsageError } from '../errors';
import { inCloud } from '../execute';
import { follow } from '../flow';
import { type AddCommand, commonOptions, withCommonOptions, withFaults } from '../options';
import { knownRuns } from '../state/runs';
import { findRun } from './show';

const EXAMPLES = `
What is committed stays; the rest is done again, under the spec and code as they are now. What shapes rows must be as it
was: else the run would publish parts of two kinds. Of a run without any committed chunk everything may have changed.

Examples:
  $ npx batchwright redrive flights-3f9a         the beginning of an id is enough
  $ npx batchwright redrive flights-3f9a --json

Exit codes: 0 published, 1 the run failed again, 2 it cannot be redriven.`;

/** `redrive <run>`: goes on with a run that failed, once its cause was mended. */
export const addRedrive: AddCommand = (program, io, answer) => {
  withFaults(withCommonOptions(program.command('redrive')))
    .description('start a failed run again from what is not committed')
    .argument('<run>', 'a run id, or the beginning of one')
    .addHelpText('after', EXAMPLES)
    .action(async (wanted: string, options) => {
      const common = commonOptions(options, io);
      const { runId } = findRun(knownRuns(common.stateDir), wanted);
      answer(
        await inCloud(common, io, async (deps) => {
          const { drive } = await begin(runId, deps.cloud.control);
          deps.notice(`redrive ${drive} of ${runId}`);
          return follow({ runId, drive }, deps);
        }),
      );
    });
};

async function begin(runId: string, control: Omit<Parameters<typeof redriveRun>[1], 'now'>) {
  try {
    return await redriveRun(runId, { ...control, now: () => new Date() });
  } catch (thrown) {
    if (thrown instanceof NotRedrivableError) throw new UsageError(thrown.message);
    throw thrown;
  }
}
