import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { FaultPlan } from '../local/faults/plan';
import { readFaultPlan } from './cloud/fault-plan';
import type { Io, Outcome } from './io';

/** Options that every command has, with folders made absolute. */
export interface CommonOptions {
  readonly jobsDir: string;
  readonly stateDir: string;
  readonly quiet: boolean;
  /** What should go wrong in the local cloud. @default - nothing */
  readonly faults?: FaultPlan;
}

/** Adds a command to the program; its result is handed to `answer`. */
export type AddCommand = (program: Command, io: Io, answer: (outcome: Outcome) => void) => void;

/** `--json` is read by `main` for all commands alike; it is listed here to be known and explained. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--jobs <dir>', 'folder of the job specs', 'jobs')
    .option('--state <dir>', "the local cloud's whole state", '.batchwright')
    .option('--json', 'print the result as JSON')
    .option('--quiet', 'no progress');
}

/** Of commands that run something: `docs/chaos.md` has the plan's fields. */
export const withFaults = (command: Command): Command => command.option('--faults <file>', 'inject the faults of this plan (YAML or JSON)');

export function commonOptions(options: Record<string, unknown>, io: Io): CommonOptions {
  return {
    jobsDir: resolve(io.cwd, String(options.jobs)),
    stateDir: resolve(io.cwd, String(options.state)),
    quiet: options.quiet === true,
    ...(options.faults !== undefined && { faults: readFaultPlan(String(options.faults), io.cwd) }),
  };
}
