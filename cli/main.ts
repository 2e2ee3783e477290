import { Command, CommanderError } from 'commander';
import { addAbort } from './commands/abort';
import { addLocal } from './commands/local';
import { addPlan } from './commands/plan';
import { addQuarantine } from './commands/quarantine';
import { addRedrive } from './commands/redrive';
import { addRun } from './commands/run';
import { addRuns } from './commands/runs';
import { addShow } from './commands/show';
import { addStart } from './commands/start';
import { addSweep } from './commands/sweep';
import { addTypes } from './commands/types';
import { addValidate } from './commands/validate';
import { type Complaint, ExitCode, InterruptedError, UsageError } from './errors';
import type { Io, Outcome } from './io';
import { formatComplaint } from './render/complaint';

const COMMANDS = [
  addStart,
  addRun,
  addPlan,
  addValidate,
  addTypes,
  addRuns,
  addShow,
  addRedrive,
  addAbort,
  addQuarantine,
  addSweep,
  addLocal,
];

const EXAMPLES = `
Examples:
  $ npm start                            run the flights example on real data
  $ npx batchwright validate             check every spec of jobs/
  $ npx batchwright run flights my.csv   process a file of your own
  $ npx batchwright plan flights my.csv  tell how it would be cut and what it would take
  $ npx batchwright runs                 what ran, newest first
  $ npx batchwright redrive flights-3f9a go on with a run that failed, once its cause was mended
  $ npx batchwright quarantine list birdstrikes-3f9a
  $ npx batchwright local up             keep the local cloud running

Exit codes: 0 done or published, 1 the run failed, 2 bad spec, file or usage.`;

/** Runs one command line and answers its exit code; results go to stdout, all else to stderr. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const json = argv.includes('--json');
  try {
    const outcome = await dispatch(argv, io, json);
    if (outcome) io.stdout.write(json ? `${JSON.stringify(outcome.json, null, 2)}\n` : outcome.text);
    return outcome?.exitCode ?? ExitCode.Ok;
  } catch (error) {
    return tell(error, io, json);
  }
}

async function dispatch(argv: readonly string[], io: Io, json: boolean): Promise<Outcome | undefined> {
  let outcome: Outcome | undefined;
  const program = new Command('batchwright')
    .description('Drop files into S3 and have them processed in parallel, exactly once; the same deployment runs on this machine.')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => (json ? true : io.stderr.write(text)),
    });
  for (const add of COMMANDS) {
    add(program, io, (result) => {
      outcome = result;
    });
  }
  await program.parseAsync([...argv], { from: 'user' });
  return outcome;
}

function tell(error: unknown, io: Io, json: boolean): number {
  const { exitCode, complaints, told } = verdictOn(error);
  if (exitCode === ExitCode.Ok) return exitCode;
  if (json) io.stdout.write(`${JSON.stringify({ ok: false, errors: complaints }, null, 2)}\n`);
  else if (!told) for (const complaint of complaints) io.stderr.write(`${formatComplaint(complaint, io.colors)}\n`);
  return exitCode;
}

interface Verdict {
  readonly exitCode: number;
  readonly complaints: readonly Complaint[];
  /** Whether the user has seen it already. */
  readonly told?: boolean;
}

/** Help without a command is commander's "(outputHelp)" with exit code 1; for us that is bad usage. */
function verdictOn(error: unknown): Verdict {
  if (error instanceof CommanderError) {
    const message = error.code === 'commander.help' ? 'no command given, see --help' : error.message.replace(/^error: /, '');
    return { exitCode: error.exitCode === 0 ? ExitCode.Ok : ExitCode.Usage, complaints: [{ message }], told: true };
  }
  if (error instanceof UsageError) return { exitCode: ExitCode.Usage, complaints: error.complaints };
  const message = error instanceof Error ? error.message : String(error);
  return { exitCode: error instanceof InterruptedError ? ExitCode.Interrupted : ExitCode.Failed, complaints: [{ message }] };
}
