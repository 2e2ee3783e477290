import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { createObjectStore } from '../adapters/aws/object-store';
import { createPendingUploads } from '../adapters/aws/pending-uploads';
import { Tally } from '../adapters/tally';
import { ExitCode } from '../core/exit-codes';
import { createFailure } from '../core/failures';
import { usableSeconds } from '../core/work/deadline';
import { exitCodeOf, failureOf } from './failures';
import { type Log, logTo } from './log';
import { runTask, STOPPED_EXIT_CODE, type TaskRef } from './task';

const Environment = z.object({
  STATE_BUCKET: z.string().min(1),
  INPUT_BUCKET: z.string().min(1),
  OUTPUT_BUCKET: z.string().min(1),
  BATCHWRIGHT_RUN_ID: z.string().min(1),
  BATCHWRIGHT_ROUND: z.coerce.number().int().nonnegative(),
  BATCHWRIGHT_ARRAY: z.coerce.number().int().nonnegative(),
  AWS_BATCH_JOB_ID: z.string().min(1),
  /** Batch sets it for children of an array only. */
  AWS_BATCH_JOB_ARRAY_INDEX: z.coerce.number().int().nonnegative().default(0),
  AWS_BATCH_JOB_ATTEMPT: z.coerce.number().int().positive().default(1),
  /** After which Batch ends the attempt; said by the job definition, beside its time-out. */
  BATCHWRIGHT_ATTEMPT_SECONDS: z.coerce.number().positive().optional(),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
  LANG: z.string().default('C.UTF-8'),
});
type Environment = z.infer<typeof Environment>;

/** Batch kills 30 seconds after SIGTERM; what has not wound up by now is left to the next attempt. */
const STOP_WITHIN_MS = 20_000;

const refOf = (env: Environment): TaskRef => ({
  runId: env.BATCHWRIGHT_RUN_ID,
  round: env.BATCHWRIGHT_ROUND,
  array: env.BATCHWRIGHT_ARRAY,
  jobId: env.AWS_BATCH_JOB_ID,
  index: env.AWS_BATCH_JOB_ARRAY_INDEX,
  attempt: env.AWS_BATCH_JOB_ATTEMPT,
});

/** Aborted by SIGTERM; the process then ends in time whatever else happens. */
function stopOnSignal(log: Log): AbortSignal {
  const controller = new AbortController();
  process.once('SIGTERM', () => {
    log('stopping');
    controller.abort();
    setTimeout(() => process.exit(STOPPED_EXIT_CODE), STOP_WITHIN_MS).unref();
  });
  return controller.signal;
}

/** The clock of the attempt started a little before this process did, which the reserve is there for. */
const secondsLeft = ({ BATCHWRIGHT_ATTEMPT_SECONDS: attempt }: Environment): number =>
  attempt === undefined ? Number.POSITIVE_INFINITY : usableSeconds(attempt) - process.uptime();

/** All that a user's program learns of the environment; the ids tell attempts apart, and whose processes these are. */
const childEnvironment = (env: Environment): Readonly<Record<string, string>> => ({
  PATH: env.PATH,
  LANG: env.LANG,
  TZ: 'UTC',
  AWS_BATCH_JOB_ID: env.AWS_BATCH_JOB_ID,
  AWS_BATCH_JOB_ATTEMPT: String(env.AWS_BATCH_JOB_ATTEMPT),
});

async function work(env: Environment, scratch: string, log: Log): Promise<number> {
  const retries = { input: new Tally(), output: new Tally() };
  return runTask(refOf(env), {
    state: createObjectStore(env.STATE_BUCKET),
    input: createObjectStore(env.INPUT_BUCKET, undefined, retries.input),
    output: createPendingUploads(env.OUTPUT_BUCKET, undefined, retries.output),
    bucket: (name) => createObjectStore(name),
    retries,
    secondsLeft: () => secondsLeft(env),
    log,
    signal: stopOnSignal(log),
    scratch,
    jobsFolder: path.resolve('jobs'),
    childEnvironment: childEnvironment(env),
    now: () => new Date(),
  });
}

const stdout = (line: string): void => {
  process.stdout.write(line);
};

/** Runs the task that the environment names. */
async function runNamed(env: Environment): Promise<number> {
  const { runId, round, array, index } = refOf(env);
  const log = logTo(stdout, { runId, round, array, task: index });
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'batchwright-'));
  try {
    const code = await work(env, scratch, log);
    log('task ended', { exitCode: code });
    return code;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The container's entry: one task in, markers out, and an exit code that the job definition's retry rules understand. */
async function main(): Promise<number> {
  const env = Environment.safeParse(process.env);
  if (!env.success) {
    const message = z.prettifyError(env.error);
    logTo(stdout, {})('task failed', createFailure({ class: 'CONFIG', message, hint: 'the job definition sets these' }));
    return ExitCode.Config;
  }
  try {
    return await runNamed(env.data);
  } catch (thrown) {
    const failure = failureOf(thrown);
    logTo(stdout, { runId: env.data.BATCHWRIGHT_RUN_ID })('task failed', failure);
    return exitCodeOf([failure.class]);
  }
}

// Errors of processors then tell their place in the TypeScript.
process.setSourceMapsEnabled(true);
main().then((code) => process.exit(code));
