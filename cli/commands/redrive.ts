import { NotRedrivableError, redriveRun, UnderWayError } from '../../adapters/redriving';
import type { Report } from '../../core/report/report-contract';
import { UsageError } from '../errors';
import { inCloud } from '../execute';
import { type FlowDeps, follow } from '../flow';
import { type AddCommand, commonOptions, withCommonOptions, withFaults } from '../options';
import { knownRuns } from '../state/runs';
import { findRun } from './show';

const EXAMPLES = `
What is committed stays; the rest is done again, under the spec and code as they are now. What shapes rows must be as it
was: else the run would publish parts of two kinds. Of a run without any committed chunk everything may have changed. A
run that was being published when its execution ended is published first. If the run is still under way, the command
waits for it and shows its report.

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
      answer(await inCloud(common, io, (deps) => redriveAndFollow(runId, deps)));
    });
};

/** Waits for a drive that is under way. One that ended without a report is concluded first; if that does not publish the run, the redrive begins. */
async function redriveAndFollow(runId: string, deps: FlowDeps): Promise<Report> {
  const first = await begin(runId, deps.cloud.control);
  if (first instanceof UnderWayError) {
    deps.notice(`${runId} is still under way: waiting for its report`);
    return follow({ runId, drive: first.drive, execution: first.execution }, deps);
  }
  if (first.outcome === 'begun') return followDrive(runId, first.drive, deps);
  deps.notice(`concluding ${runId} (${first.phase}), which has no report yet`);
  const report = await follow({ runId, ...first }, deps);
  if (report.status === 'SUCCEEDED') return report;
  const { drive } = await begin(runId, deps.cloud.control);
  return followDrive(runId, drive, deps);
}

function followDrive(runId: string, drive: number, deps: FlowDeps): Promise<Report> {
  deps.notice(`redrive ${drive} of ${runId}`);
  return follow({ runId, drive }, deps);
}

async function begin(runId: string, control: Omit<Parameters<typeof redriveRun>[1], 'now'>) {
  try {
    return await redriveRun(runId, { ...control, now: () => new Date() });
  } catch (thrown) {
    if (thrown instanceof UnderWayError) return thrown;
    if (thrown instanceof NotRedrivableError) throw new UsageError(thrown.message);
    throw thrown;
  }
}
