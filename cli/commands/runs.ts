import { ExitCode } from '../errors';
import type { Outcome } from '../io';
import { type AddCommand, commonOptions, withCommonOptions } from '../options';
import { type RunLine, renderRuns } from '../render/runs';
import { renderUnclaimed } from '../render/unclaimed';
import { holderOf } from '../state/lock';
import { type KnownRun, knownRuns } from '../state/runs';
import { firstUnclaimed, knownUnclaimed } from '../state/unclaimed';

const EXAMPLES = `
Examples:
  $ npx batchwright runs
  $ npx batchwright runs --json | jq '.[0].runId'`;

/** `runs`: what the state folder tells, without starting anything. */
export const addRuns: AddCommand = (program, io, answer) => {
  withCommonOptions(program.command('runs'))
    .description('list the runs of the local cloud, newest first')
    .addHelpText('after', EXAMPLES)
    .action(async (options) => {
      const { stateDir } = commonOptions(options, io);
      const live = (await holderOf(stateDir)) !== undefined;
      const listed = listRuns(knownRuns(stateDir), { live, colors: io.colors });
      answer({ ...listed, text: `${listed.text}${renderUnclaimed(firstUnclaimed(knownUnclaimed(stateDir)))}` });
    });
};

/** A run without a report is at work while a cloud is up, and waits for the next start otherwise; one whose decision was made is being published. */
export function listRuns(runs: readonly KnownRun[], { live, colors }: { live: boolean; colors: boolean }): Outcome {
  const lines = runs.map((run) => lineOf(run, live));
  return { exitCode: ExitCode.Ok, json: lines, text: renderRuns(lines, colors) };
}

function lineOf({ runId, job, startedAt, report, publishing }: KnownRun, live: boolean): RunLine {
  if (publishing) return { runId, job, status: 'PUBLISHING', startedAt };
  if (!report) return { runId, job, status: live ? 'RUNNING' : 'INTERRUPTED', startedAt };
  const { status, endedAt, records, bytes } = report;
  return { runId, job, status, startedAt, endedAt, records, bytes };
}
