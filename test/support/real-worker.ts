import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { FailedTask } from '../../adapters/ports';
import { Fence, type ObjectRef, Round } from '../../core/contracts';
import { fenceKey, quarantineIndexKey, reportKey, roundKey } from '../../core/keys';
import type { Report } from '../../core/report/report-contract';
import { assess } from '../../lambda/assess';
import { commit } from '../../lambda/commit';
import { intake } from '../../lambda/intake';
import { plan } from '../../lambda/plan';
import { report } from '../../lambda/report';
import { submit } from '../../lambda/submit';
import { runTask, type TaskDeps } from '../../worker/task';
import type { World } from './world';

/** The real steps over the real worker, in memory and in one process. */

export interface DriveOptions {
  readonly jobsFolder?: string;
  /** Whether a worker dies of what it would have complained of, as of a crash in native code.
   *  @default false */
  readonly dies?: boolean;
  /** Lets a test change what the worker sees or leaves. */
  readonly deps?: (deps: TaskDeps) => TaskDeps;
}

const SEGMENTATION_FAULT = 139;

/** A store in which complaints cannot be written: whoever tries is dead. */
const mortal = (world: World): TaskDeps['state'] =>
  Object.create(world.state, {
    createOnce: {
      value: async (key: string, body: string | Buffer) => {
        if (key.includes('/complaints/')) throw new Error('killed');
        return world.state.createOnce(key, body);
      },
    },
  });

async function workTask(
  world: World,
  at: { runId: string; round: number; array: number; index: number; jobId: string },
  options: DriveOptions,
): Promise<number> {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'real-worker-'));
  const deps: TaskDeps = {
    state: options.dies ? mortal(world) : world.state,
    input: world.input,
    output: world.uploads,
    log: () => undefined,
    signal: new AbortController().signal,
    scratch,
    jobsFolder: options.jobsFolder ?? path.resolve('jobs'),
    childEnvironment: { PATH: process.env.PATH ?? '' },
    now: () => new Date('2026-01-01T00:00:30.000Z'),
  };
  try {
    return await runTask({ ...at, attempt: 1 }, options.deps?.(deps) ?? deps);
  } catch (thrown) {
    if (!options.dies) throw thrown;
    return SEGMENTATION_FAULT;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Does all tasks of a round and tells Batch how each ended. */
export async function workRound(
  world: World,
  run: { runId: string; job: string },
  round: number,
  options: DriveOptions = {},
): Promise<void> {
  const { runId } = run;
  const { arrays } = Round.parse(JSON.parse(world.state.text(roundKey(runId, round))));
  for (const { array } of arrays) {
    const { jobId = '' } = await submit({ ...run, round, array, token: `t-${round}-${array}` }, world.deps);
    const fence = Fence.parse(JSON.parse(world.state.text(fenceKey(runId, round, array))));
    const failed: Partial<FailedTask>[] = [];
    for (let index = 0; index < fence.array.tasks; index++) {
      const child = fence.array.tasks === 1 ? jobId : `${jobId}:${index}`;
      const exitCode = await workTask(world, { runId, round, array, index, jobId: child }, options);
      if (exitCode !== 0) failed.push({ jobId: child, index, exitCode, statusReason: 'Essential container in task exited' });
    }
    world.batch.end(jobId, failed);
  }
}

export interface Driven {
  readonly runId: string;
  readonly report: Report;
  /** The text of every published part, in record order. */
  readonly parts: readonly string[];
  readonly quarantined: readonly { offset: number; class: string; reason: string; raw: string }[];
}

export async function start(world: World, job: string, objects: readonly ObjectRef[]): Promise<{ runId: string; job: string }> {
  const body = JSON.stringify({ job, detail: { job, objects } });
  await intake({ Records: [{ messageId: 'm', body }] }, world.deps);
  const run = { runId: [...world.started.keys()].at(-1) ?? '', job };
  await plan({ ...run, stateMachine: 'arn:machine' }, world.deps);
  return run;
}

/** Drives a planned run from its first round to its report, as the state machine does. */
export async function drive(world: World, run: { runId: string; job: string }, options: DriveOptions = {}): Promise<Driven> {
  const { runId } = run;
  for (let round = 0; ; round++) {
    await workRound(world, run, round, options);
    const assessed = await assess({ ...run, round }, world.deps);
    if (assessed.next === 'round') continue;
    await commit({ ...run, ...(assessed.next === 'stop' && { failure: assessed.failure }) }, world.deps);
    break;
  }
  await report({ ...run, execution: 'arn:execution', startedAt: '2026-01-01T00:00:00.000Z' }, world.deps);
  return {
    runId,
    report: JSON.parse(world.state.text(reportKey(runId))),
    parts: world.output
      .keys()
      .filter((key) => key.includes('/part-'))
      .map((key) => world.output.text(key)),
    quarantined: await quarantinedOf(world, runId),
  };
}

async function quarantinedOf(world: World, runId: string): Promise<Driven['quarantined']> {
  const index = JSON.parse(world.state.text(quarantineIndexKey(runId))) as { objects: { key: string }[] };
  const bodies = await Promise.all(index.objects.map(({ key }) => world.state.read(key)));
  return bodies.flatMap((body) =>
    gunzipSync(body)
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
}

/** Drops files and drives their run to its end. */
export async function driveFiles(
  world: World,
  job: string,
  files: readonly (string | Buffer)[],
  options: DriveOptions = {},
): Promise<Driven> {
  const objects = files.map((content, i) => world.drop(`requests/${job}/file-${String(i).padStart(3, '0')}`, content));
  return drive(world, await start(world, job, objects), options);
}
