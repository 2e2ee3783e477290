import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import type { FunctionResult } from '../../../local/kernel/types';
import type { Entry } from '../../../local/stepfunctions/history';
import { eventually } from '../../support/messaging-kernel';
import { aCallback, aStatesWorld, aTask, executionArn, type Invocation, only, type StatesWorld } from './states-world';

/** A run in rounds, as ours are: planned, worked in a map with tokens and retries, assessed, waited for, committed. */
const RUN = {
  StartAt: 'Plan',
  States: {
    Plan: aTask('plan', { Assign: { planned: '{% $states.result.Payload.arrays %}' }, End: undefined, Next: 'Round' }),
    Round: {
      Type: 'Map',
      Items: '{% $states.input.arrays %}',
      ItemSelector: { round: '{% $states.input.round %}', array: '{% $states.context.Map.Item.Value %}' },
      MaxConcurrency: 2,
      ItemProcessor: {
        StartAt: 'Submit',
        States: {
          Submit: aCallback('submit', {
            Arguments: {
              FunctionName: 'submit',
              Payload: {
                of: '{% $states.input %}',
                attempt: '{% $states.context.State.RetryCount %}',
                token: '{% $states.context.Task.Token %}',
              },
            },
            Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 7 }],
            Assign: { outcome: '{% $states.result %}' },
            End: undefined,
            Next: 'Settled',
          }),
          Settled: { Type: 'Pass', Output: { outcome: '{% $outcome %}', planned: '{% $count($planned) %}' }, End: true },
        },
      },
      Output: { round: '{% $states.input.round %}', outcomes: '{% $states.result %}' },
      Next: 'Assess',
    },
    Assess: aTask('assess', {
      Assign: { seen: '{% $append($exists($seen) ? $seen : [], [$states.input]) %}' },
      End: undefined,
      Next: 'Decide',
    }),
    Decide: {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.next = "round" %}', Next: 'Backoff' }],
      Default: 'Commit',
    },
    Backoff: { Type: 'Wait', Seconds: '{% $states.input.waitSeconds %}', Next: 'Round' },
    Commit: aTask('commit', { Output: { seen: '{% $seen %}', committed: '{% $states.result.Payload %}' } }),
  },
};

const OUTPUT = {
  seen: [
    { round: 0, outcomes: ['a', 'b', 'c'].map((array) => ({ outcome: `0${array}`, planned: 3 })) },
    { round: 1, outcomes: [{ outcome: '1c', planned: 3 }] },
  ],
  committed: 'published',
};

const nameOf = ({ functionArn }: Invocation): string => functionArn.split(':').at(-1) ?? '';

const ANSWERS: Readonly<Record<string, (payload: Record<string, unknown>) => FunctionResult>> = {
  plan: () => ({ payload: { round: 0, arrays: ['a', 'b', 'c'] } }),
  assess: ({ round }) => ({ payload: round === 0 ? { next: 'round', round: 1, arrays: ['c'], waitSeconds: 60 } : { next: 'commit' } }),
  commit: () => ({ payload: 'published' }),
  submit: ({ of, attempt }) => {
    const { round, array } = of as { round: number; array: string };
    if (round === 0 && array === 'b' && attempt === 0) return { payload: null, error: { type: 'Busy', message: 'later' } };
    return { payload: `submitted ${round}${array}` };
  },
};

interface Submission {
  readonly of: { readonly round: number; readonly array: string };
  readonly token: string;
}

const settle = ({ client }: StatesWorld, { of, token }: Submission) =>
  client.send(new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify(`${of.round}${of.array}`) }));

/** Worlds that a test has killed: what is still on its way to them is lost, as it would be. */
const killed = new WeakSet<StatesWorld>();

async function settleLater(world: StatesWorld, submission: Submission): Promise<void> {
  await new Promise((done) => setTimeout(done, 3));
  await settle(world, submission).catch((thrown) => {
    if (!killed.has(world)) throw thrown;
  });
}

/** Functions that answer by their input alone; what was submitted ends a little later. */
function animate(world: StatesWorld): void {
  world.answer = (invocation) => {
    const answer = ANSWERS[nameOf(invocation)]?.(invocation.payload) ?? { payload: null };
    if (nameOf(invocation) === 'submit' && !answer.error) void settleLater(world, invocation.payload as unknown as Submission);
    return answer;
  };
}

const journalIn = (stateDir: string): string => join(stateDir, 'stepfunctions', 'machine', 'one.jsonl');
const indexIn = (stateDir: string): string => join(stateDir, 'stepfunctions', 'executions.jsonl');

/** The execution's state on disk after each of its entries, as a kill would leave it. */
function folderAfter(entries: readonly Entry[], torn = ''): string {
  const folder = mkdtempSync(join(tmpdir(), 'batchwright-restart-'));
  mkdirSync(join(folder, 'stepfunctions', 'machine'), { recursive: true });
  const arn = executionArn('one');
  const row = {
    arn,
    machineArn: arn.replace(/execution:machine.*/, 'stateMachine:machine'),
    name: 'one',
    startedAt: entries[0]?.at,
    status: 'RUNNING',
  };
  writeFileSync(indexIn(folder), `${JSON.stringify(row)}\n`);
  writeFileSync(journalIn(folder), entries.map((entry) => `${JSON.stringify(entry)}\n`).join('') + torn);
  return folder;
}

const has = (entries: readonly Entry[], key: string): boolean => entries.some((entry) => entry.key === key);
const attempts = (entries: readonly Entry[]): readonly Entry[] => entries.filter(({ key }) => key.endsWith(':scheduled'));
const payloadOf = ({ data }: Entry): string => JSON.stringify((data.parameters as { Payload: unknown }).Payload);
const stemOf = ({ key }: Entry): string => key.slice(0, -':scheduled'.length);

let whole: readonly Entry[];

beforeAll(async () => {
  const world = await aStatesWorld();
  animate(world);
  const { value } = await world.run(RUN);
  whole = readFileSync(journalIn(world.kernel.stateDir), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  await world.close();
  expect(value).toEqual(OUTPUT);
});

/** A new process on a folder, at the time of the last entry, with what was submitted before going on outside. */
async function revive(folder: string, past: readonly Entry[]): Promise<StatesWorld> {
  const world = await aStatesWorld(folder);
  animate(world);
  world.clock.ms = past.at(-1)?.at ?? 0;
  await world.deploy(only({ Type: 'Fail', Error: 'DeployedLater' }));
  await world.service.start();
  for (const scheduled of attempts(past)) {
    const stem = stemOf(scheduled);
    const open = has(past, `${stem}:submitted`) && !has(past, `${stem}:end`);
    if (open) await settle(world, (scheduled.data.parameters as { Payload: Submission }).Payload);
  }
  return world;
}

async function checkRevival(kept: number, torn: string): Promise<void> {
  const past = whole.slice(0, kept);
  const folder = folderAfter(past, torn);
  const world = await revive(folder, past);
  try {
    const { status, output } = await world.closed(executionArn('one'));

    expect({ status, output: JSON.parse(output ?? 'null') }).toEqual({ status: 'SUCCEEDED', output: OUTPUT });
    const done = attempts(past).filter((entry) => has(past, `${stemOf(entry)}:end`) || has(past, `${stemOf(entry)}:submitted`));
    const repeated = new Set(done.map(payloadOf));
    expect(world.invocations.filter(({ payload }) => repeated.has(JSON.stringify(payload)))).toEqual([]);
    const lost = attempts(past).filter((entry) => !done.includes(entry));
    const again = world.invocations.map(({ payload }) => JSON.stringify(payload));
    expect(again).toEqual(expect.arrayContaining(lost.map(payloadOf)));
    expect(world.invocations.length + done.length).toBe(attempts(whole).length);
    const events = await world.history(executionArn('one'));
    expect(events.map(({ type }) => type).sort()).toEqual(whole.flatMap(({ type }) => type ?? []).sort());
    expect(events.map(({ id }) => id)).toEqual(events.map((_, i) => i + 1));
    expect(world.events.filter(({ detail }) => (detail as { status: string }).status === 'SUCCEEDED')).toHaveLength(1);
  } finally {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

test('an execution killed after any entry of its journal ends the same, and nothing that was done is done again', async () => {
  expect(whole.length).toBeGreaterThan(60);
  for (let kept = 1; kept <= whole.length; kept++) await checkRevival(kept, '');
}, 120_000);

test('an entry cut short by the kill counts as not written', async () => {
  for (let kept = 1; kept < whole.length; kept += 5) {
    const next = JSON.stringify(whole[kept]);
    await checkRevival(kept, next.slice(0, Math.ceil(next.length / 2)));
  }
}, 120_000);

test('an execution killed and revived at every single entry, one process after the other, ends the same', async () => {
  let past = whole.slice(0, 1);
  for (let processes = 0; past.at(-1)?.key !== 'execution:end'; processes++) {
    expect(processes).toBeLessThan(whole.length);
    const folder = folderAfter(past);
    const world = await revive(folder, past);
    const lines = () => readFileSync(journalIn(folder), 'utf8').split('\n').filter(Boolean);
    await eventually('one more entry', () => lines().length > past.length);
    const written = lines();
    killed.add(world);
    await world.close();
    past = written.slice(0, past.length + 1).map((line) => JSON.parse(line));
    rmSync(folder, { recursive: true, force: true });
  }
  expect(past.at(-1)?.data.output).toEqual(OUTPUT);
}, 120_000);

test('a wait ends at the time that was fixed before the kill', async () => {
  const wake = whole.findIndex(({ key }) => key.endsWith(':wake'));
  const past = whole.slice(0, wake + 1);
  const folder = folderAfter(past);
  const world = await aStatesWorld(folder);
  animate(world);
  world.clock.ms = Number(past.at(-1)?.at) + 45_000;

  await world.service.start();
  await world.closed(executionArn('one'));

  expect(world.clock.waits[0]).toBe(15_000);
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a token taken before the execution is taken up again is not lost', async () => {
  const submitted = whole.findIndex(({ type }) => type === 'TaskSubmitted');
  const past = whole.slice(0, submitted + 1);
  const scheduled = whole.find(({ key }) => key === whole[submitted]?.key.replace(':submitted', ':scheduled')) as Entry;
  const folder = folderAfter(past);
  const world = await aStatesWorld(folder);
  animate(world);
  await settle(world, (scheduled.data.parameters as { Payload: Submission }).Payload);
  expect(world.invocations).toEqual([]);

  await world.service.start();
  const { status } = await world.closed(executionArn('one'));

  expect(status).toBe('SUCCEEDED');
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

test('stopping the service in the middle of an invocation records nothing of its end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'batchwright-stop-'));
  const first = await aStatesWorld(folder);
  let finish: (result: FunctionResult) => void = () => undefined;
  first.answer = () => new Promise((resolve) => (finish = resolve));
  await first.deploy(only(aTask('f')));
  await first.start();
  await eventually('the invocation', () => first.invocations.length === 1);
  await first.service.stop();
  finish({ payload: null, error: { type: 'Sandbox.ExitError', message: 'stopped' } });
  await first.close();

  const second = await aStatesWorld(folder);
  await second.service.start();
  const { status } = await second.closed(executionArn('one'));

  expect(status).toBe('SUCCEEDED');
  expect(second.invocations).toHaveLength(1);
  await second.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a start that died before it was acknowledged may be repeated with another input', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'batchwright-orphan-'));
  const dead = folderAfter(whole.slice(0, 1));
  cpSync(journalIn(dead), journalIn(folder));
  appendFileSync(indexIn(folder), '');
  const world = await aStatesWorld(folder);
  await world.deploy(only({ Type: 'Succeed' }));
  await world.service.start();

  const { output } = await world.closed(await world.start({ other: true }));

  expect(output).toBe('{"other":true}');
  await world.close();
  for (const each of [folder, dead]) rmSync(each, { recursive: true, force: true });
});

test('a map whose iteration had failed when the process died fails without beginning anything again', async () => {
  const Each = {
    Type: 'Map',
    Items: '{% $states.input %}',
    ItemProcessor: { StartAt: 'Inner', States: { Inner: aTask('f') } },
    Catch: [{ ErrorEquals: ['Boom'], Next: 'Caught' }],
    End: true,
  };
  const first = await aStatesWorld();
  first.answer = ({ payload }) =>
    Number(payload) === 1 ? { payload: null, error: { type: 'Boom', message: 'it' } } : new Promise(() => undefined);
  const { value } = await first.run({ StartAt: 'Each', States: { Each, Caught: { Type: 'Succeed' } } }, [0, 1, 2]);
  const entries: Entry[] = readFileSync(journalIn(first.kernel.stateDir), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  await first.close();

  for (let kept = entries.findIndex(({ type }) => type === 'MapIterationFailed') + 1; kept <= entries.length; kept++) {
    const folder = folderAfter(entries.slice(0, kept));
    const world = await aStatesWorld(folder);
    await world.service.start();
    const { output } = await world.closed(executionArn('one'));

    expect(JSON.parse(output ?? '')).toEqual(value);
    expect(world.invocations).toEqual([]);
    expect((await world.history(executionArn('one'))).map(({ type }) => type)).toEqual(entries.flatMap(({ type }) => type ?? []));
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
