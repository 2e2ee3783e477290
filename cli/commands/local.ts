import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError } from 'commander';
import type { LoadedJob } from '../../core/spec/load';
import type { Cloud } from '../cloud/port';
import { ExitCode, UsageError } from '../errors';
import { noticeTo } from '../execute';
import type { Io, Outcome } from '../io';
import { checkQueries, readJobsFolder } from '../jobs';
import { type AddCommand, type CommonOptions, commonOptions, withCommonOptions, withFaults } from '../options';
import { describeCloud, renderCloud } from '../render/cloud';
import { cleanState, openState } from '../state/folder';
import { RunWatcher } from '../state/run-watcher';
import { addFaults } from './faults';
import { addPermissions } from './permissions';

const EXAMPLES = `
Examples:
  $ npx batchwright local up
  $ npx batchwright local up --port 4600
  $ aws s3 cp my.csv s3://<input bucket>/incoming/flights/      (with the printed variables) starts a run`;

const LOOK_EVERY_MS = 500;

/** `local up` */
export const addLocal: AddCommand = (program, io, answer) => {
  const local = program.command('local').description('the local cloud itself');
  withFaults(withCommonOptions(local.command('up')))
    .description('keep the local cloud running; dropping a file into the input bucket starts a run')
    .option('--port <number>', 'port of all services on 127.0.0.1; any free one when left out', parsePort)
    .option('--clean', 'forget all former runs and objects first')
    .addHelpText('after', EXAMPLES)
    .action(async (options) => {
      const common = commonOptions(options, io);
      const { jobs, errors } = await checkQueries(readJobsFolder(common.jobsDir, io.cwd), io.cwd);
      if (errors.length > 0) throw new UsageError(errors);
      if (options.clean === true) await cleanState(common.stateDir);
      openState(common.stateDir);
      answer(await localUp(jobs, { ...common, json: options.json === true, ...(options.port && { port: options.port }) }, io));
    });
  addPermissions(local, io, answer);
  addFaults(local, io, answer);
};

const HIGHEST_PORT = 65_535;

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= HIGHEST_PORT) return port;
  throw new InvalidArgumentError(`expected a port from 1 to ${HIGHEST_PORT}`);
}

type UpOptions = CommonOptions & { readonly port?: number; readonly json: boolean };

/** Up until Ctrl-C, which is the way to end it and no error. */
async function localUp(jobs: readonly LoadedJob[], options: UpOptions, io: Io): Promise<Outcome> {
  const notice = noticeTo(io, options.quiet);
  const { jobsDir, stateDir, port, faults } = options;
  const cloud = await io.openCloud({ jobsDir, stateDir, log: notice, ...(faults && { faults }), ...(port !== undefined && { port }) });
  try {
    announce(cloud, jobs, { io, json: options.json });
    await tellRuns(new RunWatcher(stateDir), { io, notice });
  } finally {
    await cloud.stop();
  }
  return { exitCode: ExitCode.Ok, json: { ok: true }, text: '' };
}

function announce(cloud: Cloud, jobs: readonly LoadedJob[], { io, json }: { readonly io: Io; readonly json: boolean }): void {
  const described = describeCloud(cloud, jobs);
  io.stdout.write(json ? `${JSON.stringify(described)}\n` : renderCloud(described, io.colors));
}

async function tellRuns(watcher: RunWatcher, { io, notice }: { readonly io: Io; readonly notice: (line: string) => void }): Promise<void> {
  watcher.news();
  while (!io.interrupted.aborted) {
    for (const line of watcher.news()) notice(line);
    await sleep(LOOK_EVERY_MS, undefined, { signal: io.interrupted }).catch((error: unknown) => {
      if (!io.interrupted.aborted) throw error;
    });
  }
}
