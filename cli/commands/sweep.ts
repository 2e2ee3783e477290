import type { SweepRecord } from '../../core/contracts';
import { ExitCode } from '../errors';
import { noticeTo, openUnlessInterrupted } from '../execute';
import { type AddCommand, commonOptions, withCommonOptions } from '../options';
import { newTable } from '../render/table';
import { plural, safe } from '../render/text';
import { renderUnclaimed } from '../render/unclaimed';
import { listUnclaimed } from '../state/unclaimed';

const EXAMPLES = `
A sweep also runs by itself every 15 minutes. It wakes runs whose event was lost, starts claimed ones that never began,
closes those whose execution was stopped from outside, and tells of those that wait for capacity. Files that were dropped
below the prefix of no job are listed.

Examples:
  $ npx batchwright sweep
  $ npx batchwright sweep --json | jq '.findings'`;

/** `sweep`: looks after runs whose events were lost, now. */
export const addSweep: AddCommand = (program, io, answer) => {
  withCommonOptions(program.command('sweep'))
    .description('look after runs whose events were lost, and say what was done')
    .addHelpText('after', EXAMPLES)
    .action(async (options) => {
      const common = commonOptions(options, io);
      const cloud = await openUnlessInterrupted(common, io, noticeTo(io, common.quiet));
      try {
        const record = await cloud.sweep();
        const unclaimed = await listUnclaimed(cloud.control.state);
        const json = unclaimed.total > 0 ? { ...record, unclaimed: unclaimed.files } : record;
        answer({ exitCode: ExitCode.Ok, json, text: `${renderSweep(record)}${renderUnclaimed(unclaimed)}` });
      } finally {
        await cloud.stop();
      }
    });
};

function renderSweep({ looked, findings }: SweepRecord): string {
  const title = `${plural(looked, 'open run')} looked at, ${findings.length === 0 ? 'all go their way' : `${findings.length} needed help`}\n`;
  if (findings.length === 0) return title;
  const table = newTable({ head: ['run', 'done', 'why'] });
  for (const { runId, did, why } of findings) table.push([safe(runId), did, safe(why)]);
  return `${title}${table.toString()}\n`;
}
