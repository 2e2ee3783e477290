import { type ExecutionInput, type RoundRef, SubmittedJob } from '../../core/contracts';
import { jobIdKey } from '../../core/keys';
import { assess } from '../../lambda/assess';
import { commit } from '../../lambda/commit';
import { plan } from '../../lambda/plan';
import { redrive } from '../../lambda/redrive';
import { report } from '../../lambda/report';
import type { Deps } from '../../lambda/runtime';
import { submit } from '../../lambda/submit';
import { workArray } from './fake-worker';
import type { World } from './world';

type Ref = Required<Pick<ExecutionInput, 'runId' | 'job' | 'drive'>>;

const END = { execution: 'arn:execution', startedAt: '2026-01-01T00:00:00.000Z' };

const caught = (thrown: unknown) => ({ Error: (thrown as Error).name, Cause: JSON.stringify({ errorMessage: (thrown as Error).message }) });

async function doArray(world: World, ref: Ref, deps: Deps, at: { readonly round: number; readonly array: number }): Promise<void> {
  await submit({ ...ref, ...at, token: `t-${ref.drive}-${at.round}-${at.array}` }, deps);
  const key = jobIdKey(ref.runId, at.round, at.array);
  if (world.state.keys(key).length === 0) return;
  const { jobId } = SubmittedJob.parse(JSON.parse(world.state.text(key)));
  if (world.batch.ended.has(jobId)) return;
  await workArray(world, ref.runId, at);
  world.batch.end(jobId);
}

async function workRounds(world: World, ref: Ref, deps: Deps, first: RoundRef): Promise<object> {
  let round = first;
  for (;;) {
    for (const { array } of round.arrays) await doArray(world, ref, deps, { round: round.round, array });
    const next = await assess({ ...ref, round: round.round }, deps);
    if (next.next === 'commit') return {};
    if (next.next === 'stop') return { failure: next.failure };
    round = next.round;
  }
}

async function work(world: World, input: ExecutionInput, ref: Ref, deps: Deps): Promise<object> {
  try {
    if (input.begin === 'commit') return {};
    if (input.begin === 'redrive') return await workRounds(world, ref, deps, await redrive(ref, deps));
    const planned = await plan({ ...ref, stateMachine: 'arn:machine' }, deps);
    return planned.next === 'round' ? await workRounds(world, ref, deps, planned) : {};
  } catch (thrown) {
    return { error: caught(thrown) };
  }
}

/** Runs an execution to its end as the state machine does, with the real steps and a worker that does every array it is given. */
export async function runExecution(world: World, name: string, deps: Deps = world.deps): Promise<void> {
  const input = world.started.get(name) as ExecutionInput;
  const ref: Ref = { runId: input.runId, job: input.job, drive: input.drive ?? 0 };
  const news: object = { failure: input.failure, ...(await work(world, input, ref, deps)) };
  for (let tries = 0; ; ) {
    let commitError: object | undefined;
    try {
      while ((await commit({ ...ref, ...news, tries }, deps)).more);
    } catch (thrown) {
      commitError = caught(thrown);
    }
    const answer = await report({ ...ref, ...END, tries, ...(commitError && { commitError: caught(commitError) }) }, deps);
    if (!('retry' in answer) || !answer.retry) {
      world.statuses.set(name, answer.status === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED');
      return;
    }
    tries = answer.tries ?? 0;
  }
}
