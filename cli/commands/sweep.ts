import type { SweepRecord } from '../../core/contracts';
import { ExitCode } from '../errors';
import { noticeTo, openUnlessInterrupted } from '../execute';
import { type AddCommand, commonOptions, withCommonOptions } from '../options';
import { newTable } from '../render/table';
import { plural, safe } from '../render/text';

const EXAMPLES = `
A sweep also runs by itself every 15 minutes. It wakes runs whose event was lost, starts claimed ones that never began,
closes those whose execution was stopped from outside, and tells of those that wait for capacity.

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
        answer({ exitCode: ExitCode.Ok, json: record, text: renderSweep(record) });
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
