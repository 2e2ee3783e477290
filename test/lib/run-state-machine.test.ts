import jsonata from 'jsonata';
import { definitionsOf } from '../../scripts/validate-templates';
import { deployed } from './fixture';

const deployment = deployed();
afterAll(deployment.remove);

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Resource?: string;
  readonly Arguments?: { readonly Payload: unknown };
  readonly Output?: unknown;
  readonly Retry?: readonly {
    readonly ErrorEquals: readonly string[];
    readonly JitterStrategy: string;
    readonly BackoffRate: number;
    readonly MaxAttempts: number;
  }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string; readonly Output: unknown }[];
  readonly Choices?: readonly { readonly Condition: string; readonly Next: string; readonly Output?: unknown }[];
  readonly Default?: string;
  readonly TimeoutSeconds?: number;
  readonly ItemSelector?: unknown;
  readonly ItemProcessor?: { readonly StartAt: string; readonly States: Readonly<Record<string, State>> };
}

const machine = Object.values(definitionsOf(deployment.controlPlane.toJSON()))[0] as {
  readonly StartAt: string;
  readonly QueryLanguage: string;
  readonly States: Readonly<Record<string, State>>;
};
const state = (name: string): State => machine.States[name]!;
const submit = state('Round').ItemProcessor!.States.Submit!;
const tasks = {
  ...Object.fromEntries(['Plan', 'Redrive', 'Assess', 'Commit', 'Report'].map((name) => [name, state(name)])),
  Submit: submit,
};

const CONTEXT = {
  Execution: { Id: 'arn:run-1', StartTime: '2026-01-02T03:04:05.006Z', Input: { runId: 'run-1', job: 'orders' } },
  StateMachine: { Id: 'arn:machine' },
  Map: { Item: { Index: 0, Value: { array: 3 } } },
  Task: { Token: 'token' },
};

/** Evaluates the expressions inside a value, as Step Functions does. */
async function evaluate(value: unknown, states: Readonly<Record<string, unknown>>): Promise<unknown> {
  if (typeof value === 'string' && value.startsWith('{%')) {
    return jsonata(value.slice(2, -2)).evaluate({}, { states: { context: CONTEXT, ...states } });
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = await Promise.all(Object.entries(value).map(async ([key, each]) => [key, await evaluate(each, states)] as const));
  return Object.fromEntries(entries);
}

const nextOf = async (name: string, input: unknown): Promise<{ next: string; output: unknown }> => {
  for (const { Condition, Next, Output } of state(name).Choices ?? []) {
    if (await evaluate(Condition, { input })) return { next: Next, output: await evaluate(Output, { input }) };
  }
  return { next: state(name).Default!, output: await evaluate(state(name).Output, { input }) };
};

test('a run is planned, worked in rounds, committed and reported', () => {
  expect(machine.QueryLanguage).toBe('JSONata');
  expect(machine.StartAt).toBe('Begin');
  const path = ['Plan', 'Round', 'Assess', 'Backoff', 'Commit', 'Report'].map((name) => `${name} → ${state(name).Next}`);
  expect(path).toEqual([
    'Plan → Planned',
    'Round → Assess',
    'Assess → Decide',
    'Backoff → Round',
    'Commit → Committed',
    'Report → Published',
  ]);
});

test('a plan that is not done yet is gone on with, one without chunks goes straight to Commit', async () => {
  const round = { next: 'round', round: 0, arrays: [{ array: 0 }], waitSeconds: 0 };

  expect((await nextOf('Planned', { next: 'plan' })).next).toBe('Plan');
  expect(await nextOf('Planned', { next: 'commit' })).toEqual({ next: 'Commit', output: {} });
  expect((await nextOf('Planned', round)).next).toBe('Round');
  expect(await evaluate(state('Round').ItemSelector, { input: round })).toEqual({ round: 0, array: 3 });
});

test.each([
  [{ runId: 'run-1', job: 'orders' }, 'Plan'],
  [{ runId: 'run-1', job: 'orders', drive: 1, begin: 'redrive' }, 'Redrive'],
  [{ runId: 'run-1', job: 'orders', begin: 'commit' }, 'Commit'],
])('an execution started with %j begins with %s', async (input, first) => {
  expect((await nextOf('Begin', input)).next).toBe(first);
});

test.each<[string, State, unknown, unknown]>([
  ['Plan', state('Plan'), {}, { runId: 'run-1', job: 'orders', drive: 0, stateMachine: 'arn:machine' }],
  ['Redrive', state('Redrive'), {}, { runId: 'run-1', job: 'orders', drive: 0 }],
  ['Submit', submit, { round: 2, array: 3 }, { runId: 'run-1', job: 'orders', drive: 0, round: 2, array: 3, token: 'token' }],
  ['Assess', state('Assess'), { round: 2 }, { runId: 'run-1', job: 'orders', drive: 0, round: 2 }],
  ['Commit', state('Commit'), {}, { runId: 'run-1', job: 'orders' }],
  ['Report', state('Report'), {}, { runId: 'run-1', job: 'orders', execution: 'arn:run-1', startedAt: '2026-01-02T03:04:05.006Z' }],
])('%s is called with references only', async (_, { Arguments }, input, payload) => {
  expect(await evaluate(Arguments!.Payload, { input })).toEqual(payload);
});

test('each array of a round is submitted by its number, and the round is handed on to Assess', async () => {
  const round = { round: 1, arrays: [{ array: 3 }], waitSeconds: 0 };

  expect(await evaluate(state('Round').ItemSelector, { input: round })).toEqual({ round: 1, array: 3 });
  expect(await evaluate(state('Round').Output, { input: round })).toEqual({ round: 1 });
});

test('Submit waits for the end of its array, a day at most', () => {
  expect(submit.Resource).toMatch(/:states:::lambda:invoke\.waitForTaskToken$/);
  expect(submit.TimeoutSeconds).toBe(86_400);
});

test('what is not yet committed is worked on in another round, after a pause', async () => {
  const round = { round: 1, arrays: [{ array: 0 }], waitSeconds: 30 };

  expect(await nextOf('Decide', { next: 'round', round })).toEqual({ next: 'Backoff', output: round });
});

test('a run that must stop is handed to Commit with its failure', async () => {
  const failure = { class: 'CONFIG', message: 'm', hint: 'h' };

  const { next, output } = await nextOf('Decide', { next: 'stop', failure });

  expect(next).toBe('Commit');
  expect(await evaluate(state('Commit').Arguments!.Payload, { input: output })).toEqual({ runId: 'run-1', job: 'orders', failure });
});

test('a commit that is not done yet is gone on with, told nothing; then the run is reported', async () => {
  const after = async (Payload: unknown) => nextOf('Committed', await evaluate(state('Commit').Output, { result: { Payload } }));

  expect(await after({ published: false, more: true })).toEqual({ next: 'Commit', output: {} });
  expect(await after({ published: true })).toEqual({ next: 'Report', output: {} });
});

test('when all is done, Commit decides by the ledger alone', async () => {
  expect(await nextOf('Decide', { next: 'commit' })).toEqual({ next: 'Commit', output: {} });
});

test.each([
  ['Plan', 'Commit'],
  ['Redrive', 'Commit'],
  ['Round', 'Commit'],
  ['Assess', 'Commit'],
])('whatever goes wrong in %s, %s hears of it', async (name, next) => {
  const errorOutput = { Error: 'Any', Cause: 'why' };
  const [handler] = state(name).Catch!;

  expect(handler).toMatchObject({ ErrorEquals: ['States.ALL'], Next: next });
  const input = await evaluate(handler!.Output, { errorOutput });
  expect(await evaluate(state(next).Arguments!.Payload, { input })).toMatchObject({ runId: 'run-1', job: 'orders', error: errorOutput });
});

test('Report hears of a Commit that failed, and has it called again after a pause with all that it was told before', async () => {
  const errorOutput = { Error: 'SlowDown', Cause: 'why' };
  const failure = { class: 'DATA', message: 'm', hint: 'h' };
  const [handler] = state('Commit').Catch!;

  const caught = await evaluate(handler!.Output, { errorOutput, input: { failure } });
  const told = await evaluate(state('Report').Arguments!.Payload, { input: caught });
  const Payload = { status: 'PUBLISHING', retry: true, tries: 1, waitSeconds: 15 };
  const answered = await evaluate(state('Report').Output, { input: caught, result: { Payload } });

  expect([handler!.ErrorEquals, handler!.Next]).toEqual([['States.ALL'], 'Report']);
  expect(told).toMatchObject({ runId: 'run-1', commitError: errorOutput, failure });
  expect(await nextOf('Published', answered)).toMatchObject({ next: 'Pause' });
  expect(state('Pause')).toMatchObject({ Type: 'Wait', Next: 'Commit' });
  expect(await evaluate(state('Commit').Arguments!.Payload, { input: answered })).toMatchObject({
    failure,
    tries: 1,
    commitError: errorOutput,
  });
});

test('a run that Report could conclude is not held up, and one that this execution leaves to the sweep ends in Failed', async () => {
  expect(await nextOf('Published', { status: 'FAILED', retry: false })).toMatchObject({ next: 'Failed' });
  expect(await nextOf('Published', { status: 'PUBLISHING', retry: false })).toMatchObject({ next: 'Failed' });
});

/** The rule that Step Functions applies: the first whose names cover the error. */
const ruleFor = ({ Retry }: State, error: string) =>
  Retry!.find(({ ErrorEquals }) => ErrorEquals.includes(error) || ErrorEquals.includes('States.ALL'))!;

describe.each(Object.entries(tasks))('%s', (_, task) => {
  test.each([
    ['Lambda is at fault', 'Lambda.TooManyRequestsException', 8],
    ['its function dies', 'Runtime.ExitError', 5],
    ['its function times out', 'Sandbox.Timedout', 5],
    ['a service it calls has a bad moment', 'TimeoutError', 5],
    ['it was refused for now', 'THROTTLEFailure', 5],
  ])('is called again, ever later and at random, when %s', (_, error, attempts) => {
    expect(ruleFor(task, error)).toMatchObject({ BackoffRate: 2, JitterStrategy: 'FULL', MaxDelaySeconds: 60, MaxAttempts: attempts });
  });

  test.each(['CONFIGFailure', 'DATAFailure', 'CODEFailure', 'States.Timeout'])('is not called again after %s', (error) => {
    expect(ruleFor(task, error).MaxAttempts).toBe(0);
  });
});

test.each([
  ['SUCCEEDED', 'Succeeded', 'Succeed'],
  ['FAILED', 'Failed', 'Fail'],
])('a run reported as %s ends in %s', async (status, name, type) => {
  const { next } = await nextOf('Published', { status });

  expect(next).toBe(name);
  expect(state(next).Type).toBe(type);
});

test('errors are logged, and a run ends before its uploads are collected', () => {
  deployment.controlPlane.hasResourceProperties('AWS::StepFunctions::StateMachine', { LoggingConfiguration: { Level: 'ERROR' } });
  expect((machine as unknown as State).TimeoutSeconds).toBe(5 * 86_400);
});
