import { ApiError } from '../../../local/kernel/errors';
import { aCallback, aStatesWorld, aTask, only, ROLE, type StatesWorld } from './states-world';

let world: StatesWorld;

beforeEach(async () => {
  world = await aStatesWorld();
});

afterEach(() => world.close());

const run = (definition: object, input?: unknown) => world.run(definition, input);

/** A function that fails with these errors, one after the other, and then answers. */
const failing = (...errors: string[]) => {
  const left = [...errors];
  return () => {
    const type = left.shift();
    return type === undefined ? { payload: 'done' } : { payload: null, error: { type, message: `this is ${type}` } };
  };
};

describe('a task', () => {
  test('calls the function as the machine’s role and gives its payload, version and status', async () => {
    world.answer = () => ({ payload: { answer: 42 } });
    const state = {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: { FunctionName: 'arn:aws:lambda:us-east-1:000000000000:function:f:7', Payload: { n: '{% $states.input.n + 1 %}' } },
      End: true,
    };

    const { status, value } = await run(only(state), { n: 1 });

    expect(status).toBe('SUCCEEDED');
    expect(value).toEqual({ ExecutedVersion: '7', Payload: { answer: 42 }, StatusCode: 200 });
    expect(world.invocations).toEqual([
      { functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f:7', payload: { n: 2 }, caller: { kind: 'role', arn: ROLE } },
    ]);
  });

  test.each([
    ['nothing', {}, {}],
    ['null', { Payload: null }, null],
    ['a list', { Payload: [1] }, [1]],
  ])('gives the function %s as payload', async (_, payload, expected) => {
    await run(only(aTask('f', { Arguments: { FunctionName: 'f', Qualifier: 'live', ...payload } })));

    expect(world.invocations).toMatchObject([{ functionArn: 'f:live', payload: expected }]);
  });

  test('fails with the name of the function’s error and a cause in Lambda’s words', async () => {
    const payload = { errorMessage: 'no', errorType: 'MyError', trace: ['at x'] };
    world.answer = () => ({ payload, error: { type: 'MyError', message: 'no' } });

    const { status, error, cause } = await run(only(aTask('f')));

    expect({ status, error }).toEqual({ status: 'FAILED', error: 'MyError' });
    expect(JSON.parse(cause ?? '')).toEqual(payload);
  });

  test.each([
    [new ApiError('TooManyRequestsException', 'slow down', 429), 'Lambda.TooManyRequestsException'],
    [new ApiError('ResourceNotFoundException', 'no such function', 404), 'Lambda.ResourceNotFoundException'],
    [new ApiError('AccessDeniedException', 'not allowed', 403), 'Lambda.AWSLambdaException'],
    [new ApiError('NotEmulated', 'this is not emulated', 501), 'States.Runtime'],
    [new Error('socket closed'), 'Lambda.Unknown'],
  ])('fails by name when Lambda refuses the call: %p', async (thrown, name) => {
    world.answer = () => Promise.reject(thrown);

    const { status, error, cause } = await run(only(aTask('f')));

    expect({ status, error }).toEqual({ status: 'FAILED', error: name });
    expect(cause).toContain(thrown.message);
  });

  test('whose arguments an expression makes are checked when they are known', async () => {
    const { error, cause } = await run(only(aTask('f', { Arguments: '{% {"FunctionName": "f", "InvocationType": "Event"} %}' })));

    expect({ error, cause }).toEqual({
      error: 'States.Runtime',
      cause: 'Arguments: InvocationType is not emulated, only FunctionName, Payload, Qualifier',
    });
  });

  test('times out after its seconds, which an expression may give', async () => {
    world.answer = () => new Promise(() => undefined);

    const { status, error } = await run(only(aTask('f', { TimeoutSeconds: '{% $states.input.limit %}' })), { limit: 30 });

    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.Timeout' });
    expect(world.clock.waits).toContain(30_000);
  });

  test('fails with States.DataLimitExceeded when its result is larger than 262,144 bytes, and the wildcard does not catch that', async () => {
    world.answer = () => ({ payload: 'x'.repeat(262_144) });
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }];

    const { status, error } = await run({ StartAt: 'Only', States: { Only: aTask('f', { Catch }), Caught: { Type: 'Succeed' } } });

    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  test('fails so too when its error is as large, whatever the error is called', async () => {
    const message = 'x'.repeat(262_144);
    world.answer = () => ({ payload: { errorType: 'A', errorMessage: message, trace: [] }, error: { type: 'A', message } });
    const Catch = [['A'], ['States.ALL']].map((ErrorEquals) => ({ ErrorEquals, Next: 'Caught' }));

    const { error } = await run({ StartAt: 'Only', States: { Only: aTask('f', { Catch }), Caught: { Type: 'Succeed' } } });

    expect(error).toBe('States.DataLimitExceeded');
  });
});

describe('retry and catch', () => {
  test('a task is tried again with growing pauses, and its input and retry count are in the context', async () => {
    world.answer = failing('A', 'A', 'A');
    const Retry = [{ ErrorEquals: ['A'], IntervalSeconds: 2, BackoffRate: 3, MaxAttempts: 5, MaxDelaySeconds: 10 }];
    const Output = '{% $states.context.State.RetryCount %}';

    const { value } = await run(only(aTask('f', { Retry, Output })));

    expect(value).toBe(3);
    expect(world.clock.waits).toEqual([2000, 6000, 10_000]);
    expect(world.invocations).toHaveLength(4);
  });

  test('full jitter pauses between nothing and the whole pause', async () => {
    world.answer = failing('A');
    const Retry = [{ ErrorEquals: ['A'], IntervalSeconds: 100, JitterStrategy: 'FULL' }];

    const { status } = await run(only(aTask('f', { Retry })));

    expect(status).toBe('SUCCEEDED');
    expect(world.clock.waits[0]).toBeGreaterThan(0);
    expect(world.clock.waits[0]).toBeLessThan(100_000);
  });

  test('when attempts are used up, a catcher takes over with the error as its output', async () => {
    world.answer = failing('A', 'A');
    const Retry = [{ ErrorEquals: ['A'], MaxAttempts: 1 }];
    const Catch = [
      { ErrorEquals: ['B'], Next: 'Wrong' },
      { ErrorEquals: ['States.ALL'], Next: 'Caught' },
    ];

    const { value } = await run({
      StartAt: 'Only',
      States: { Only: aTask('f', { Retry, Catch }), Wrong: { Type: 'Fail' }, Caught: { Type: 'Succeed' } },
    });

    expect(value).toEqual({ Error: 'A', Cause: JSON.stringify({ errorMessage: 'this is A', errorType: 'A' }) });
  });

  test('a catcher’s own Output and Assign see the error', async () => {
    world.answer = failing('A');
    const Catch = [
      { ErrorEquals: ['A'], Next: 'Caught', Output: { why: '{% $states.errorOutput.Error %}' }, Assign: { seen: '{% $states.input.n %}' } },
    ];

    const { value } = await run(
      {
        StartAt: 'Only',
        States: { Only: aTask('f', { Catch }), Caught: { Type: 'Succeed', Output: { input: '{% $states.input %}', seen: '{% $seen %}' } } },
      },
      { n: 5 },
    );

    expect(value).toEqual({ input: { why: 'A' }, seen: 5 });
  });

  test('a catcher whose own expression fails fails the execution', async () => {
    world.answer = failing('A');
    const Catch = [{ ErrorEquals: ['A'], Next: 'Caught', Output: '{% $states.nothing %}' }];

    const { error } = await run({ StartAt: 'Only', States: { Only: aTask('f', { Catch }), Caught: { Type: 'Succeed' } } });

    expect(error).toBe('States.QueryEvaluationError');
  });

  test('an output that cannot be evaluated is caught as States.QueryEvaluationError', async () => {
    const Catch = [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'Caught' }];

    const { value } = await run({
      StartAt: 'Only',
      States: { Only: aTask('f', { Catch, Output: '{% $states.result.Payload.absent %}' }), Caught: { Type: 'Succeed' } },
    });

    expect(value).toEqual({
      Error: 'States.QueryEvaluationError',
      Cause: "Output: the JSONata expression '$states.result.Payload.absent' returned nothing (undefined)",
    });
  });
});

describe('a task with a token', () => {
  test('ends when its deadline passes though its function has returned', async () => {
    const { error } = await run(only(aCallback('f', { TimeoutSeconds: 60 })));

    expect(error).toBe('States.Timeout');
  });

  test('fails when no heartbeat comes, which States.Timeout catches too', async () => {
    const Catch = [{ ErrorEquals: ['States.Timeout'], Next: 'Caught' }];

    const { value } = await run({
      StartAt: 'Only',
      States: { Only: aCallback('f', { HeartbeatSeconds: 10, Catch }), Caught: { Type: 'Succeed' } },
    });

    expect(value).toEqual({ Error: 'States.HeartbeatTimeout', Cause: '' });
  });

  test('fails when its function does', async () => {
    world.answer = failing('A');

    const { error } = await run(only(aCallback('f')));

    expect(error).toBe('A');
  });
});

describe('Pass, Succeed and Fail', () => {
  test('Output and Assign both see the variables as they were before the state', async () => {
    const states = {
      One: { Type: 'Pass', Assign: { x: 1 }, Next: 'Two' },
      Two: { Type: 'Pass', Assign: { x: '{% $x + 1 %}' }, Output: { before: '{% $x %}' }, Next: 'Three' },
      Three: { Type: 'Succeed', Output: { before: '{% $states.input.before %}', after: '{% $x %}' } },
    };

    expect((await run({ StartAt: 'One', States: states })).value).toEqual({ before: 1, after: 2 });
  });

  test('the context names execution, machine and state', async () => {
    const { value } = await run(only({ Type: 'Pass', Output: '{% $states.context %}', End: true }), { a: 1 });

    expect(value).toEqual({
      Execution: {
        Id: 'arn:aws:states:us-east-1:000000000000:execution:machine:one',
        Input: { a: 1 },
        Name: 'one',
        RoleArn: ROLE,
        StartTime: '2023-11-14T22:13:20.000Z',
        RedriveCount: 0,
      },
      StateMachine: { Id: 'arn:aws:states:us-east-1:000000000000:stateMachine:machine', Name: 'machine' },
      State: { Name: 'Only', EnteredTime: '2023-11-14T22:13:20.000Z', RetryCount: 0 },
    });
  });

  test('Fail ends the execution with its error and cause, which expressions may make', async () => {
    const { status, error, cause } = await run(only({ Type: 'Fail', Error: 'Bad', Cause: '{% "because of " & $states.input.why %}' }), {
      why: 'this',
    });

    expect({ status, error, cause }).toEqual({ status: 'FAILED', error: 'Bad', cause: 'because of this' });
  });

  test('a cause that is no string fails by that', async () => {
    const { error } = await run(only({ Type: 'Fail', Error: 'Bad', Cause: '{% 1 %}' }));

    expect(error).toBe('States.QueryEvaluationError');
  });
});

describe('a choice', () => {
  const definition = {
    StartAt: 'Choose',
    States: {
      Choose: {
        Type: 'Choice',
        Output: 'the default’s',
        Choices: [
          { Condition: '{% $states.input.n > 10 %}', Next: 'End', Output: 'large' },
          { Condition: '{% $states.input.n > 5 %}', Next: 'End', Assign: { medium: true } },
        ],
        Default: 'End',
      },
      End: { Type: 'Succeed', Output: { input: '{% $states.input %}', medium: '{% $medium ? true : false %}' } },
    },
  };

  test.each([
    [11, { input: 'large', medium: false }],
    [6, { input: { n: 6 }, medium: true }],
    [1, { input: 'the default’s', medium: false }],
  ])('takes the first rule that holds with that rule’s output: %p', async (n, expected) => {
    expect((await run(definition, { n })).value).toEqual(expected);
  });

  test('without a rule that holds and without a default fails as States.Runtime', async () => {
    const choices = [{ Condition: '{% $states.input.n = 1 %}', Next: 'End' }];
    const { error } = await run({ StartAt: 'Choose', States: { Choose: { Type: 'Choice', Choices: choices }, End: { Type: 'Succeed' } } });

    expect(error).toBe('States.Runtime');
  });

  test('a condition that is neither true nor false is an error', async () => {
    const choices = [{ Condition: '{% "yes" %}', Next: 'End' }];
    const { error, cause } = await run({
      StartAt: 'Choose',
      States: { Choose: { Type: 'Choice', Choices: choices }, End: { Type: 'Succeed' } },
    });

    expect({ error, cause }).toEqual({
      error: 'States.QueryEvaluationError',
      cause: 'Choices[0]/Condition: "yes" is neither true nor false',
    });
  });
});

describe('a wait', () => {
  test.each([
    ['seconds', { Seconds: 90 }, 90_000],
    ['seconds by expression', { Seconds: '{% $states.input.s * 2 %}' }, 14_000],
    ['no seconds at all', { Seconds: 0 }, 0],
    ['a timestamp', { Timestamp: '2023-11-14T22:14:20Z' }, 60_000],
    ['a timestamp by expression', { Timestamp: '{% $states.input.at %}' }, 1000],
  ])('passes after %s', async (_, fields, expected) => {
    const { status } = await run(only({ Type: 'Wait', ...fields, End: true }), { s: 7, at: '2023-11-14T22:13:21.000Z' });

    expect(status).toBe('SUCCEEDED');
    expect(world.clock.waits).toEqual([expected]);
  });

  test.each([[{ Seconds: '{% -1 %}' }], [{ Seconds: '{% 1.5 %}' }], [{ Seconds: '{% "1" %}' }], [{ Timestamp: '{% "soon" %}' }]])(
    'refuses a time that is none: %p',
    async (fields) => {
      expect((await run(only({ Type: 'Wait', ...fields, End: true }))).error).toBe('States.QueryEvaluationError');
    },
  );
});

describe('a map', () => {
  const aMap = (states: object, fields: object = {}) => ({
    Type: 'Map',
    Items: '{% $states.input.items %}',
    ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'Inner', States: states },
    End: true,
    ...fields,
  });

  test('gives the outputs in the order of the items, however they end', async () => {
    world.answer = async ({ payload }) => {
      for (let turns = 0; turns < 10 - Number(payload); turns++) await new Promise(setImmediate);
      return { payload: Number(payload) * 10 };
    };

    const { value } = await run(only(aMap({ Inner: aTask('f') })), { items: [1, 2, 3] });

    expect(value).toEqual([10, 20, 30]);
  });

  test('selects what each iteration gets, from outer variables, input and the item', async () => {
    const { value } = await run(
      {
        StartAt: 'Set',
        States: {
          Set: { Type: 'Pass', Assign: { outer: 'seen' }, Next: 'Each' },
          Each: aMap(
            {
              Inner: {
                Type: 'Pass',
                Output: { in: '{% $states.input %}', outer: '{% $outer %}', item: '{% $states.context.Map.Item %}' },
                End: true,
              },
            },
            { ItemSelector: { round: '{% $states.input.round %}', v: '{% $states.context.Map.Item.Value.v %}', outer: '{% $outer %}' } },
          ),
        },
      },
      { items: [{ v: 'a' }], round: 3 },
    );

    expect(value).toEqual([{ in: { round: 3, v: 'a', outer: 'seen' }, outer: 'seen', item: { Index: 0, Value: { v: 'a' } } }]);
  });

  test('variables of an iteration are its own', async () => {
    const { value } = await run(
      {
        StartAt: 'Each',
        States: {
          Each: aMap(
            {
              Inner: { Type: 'Pass', Assign: { mine: '{% $states.input %}' }, Next: 'Show' },
              Show: { Type: 'Pass', Output: '{% $mine %}', End: true },
            },
            { End: undefined, Next: 'After' },
          ),
          After: { Type: 'Succeed', Output: { result: '{% $states.input %}', leaked: '{% $exists($mine) %}' } },
        },
      },
      { items: [1, 2] },
    );

    expect(value).toEqual({ result: [1, 2], leaked: false });
  });

  test.each([
    [1, 1],
    [2, 2],
    [0, 6],
  ])('runs at most MaxConcurrency %p iterations at once', async (MaxConcurrency, most) => {
    let running = 0;
    let seen = 0;
    world.answer = async () => {
      seen = Math.max(seen, ++running);
      await new Promise((done) => setTimeout(done, 5));
      running--;
      return { payload: 1 };
    };

    await run(only(aMap({ Inner: aTask('f') }, { MaxConcurrency })), { items: [1, 2, 3, 4, 5, 6] });

    expect(seen).toBe(most);
  });

  test('of nothing gives nothing', async () => {
    expect((await run(only(aMap({ Inner: aTask('f') })), { items: [] })).value).toEqual([]);
    expect(world.invocations).toEqual([]);
  });

  test('over what is no array is an error', async () => {
    expect((await run(only(aMap({ Inner: aTask('f') })), { items: 5 })).error).toBe('States.QueryEvaluationError');
  });

  test('fails with the error of the first iteration that fails, aborts the others, and may be caught', async () => {
    world.answer = ({ payload }) =>
      payload === (1 as unknown) ? { payload: null, error: { type: 'Boom', message: 'it' } } : new Promise(() => undefined);
    const Catch = [{ ErrorEquals: ['Boom'], Next: 'Caught' }];

    const { value } = await run(
      { StartAt: 'Each', States: { Each: aMap({ Inner: aTask('f') }, { Catch }), Caught: { Type: 'Succeed' } } },
      { items: [0, 1, 2] },
    );

    expect(value).toMatchObject({ Error: 'Boom' });
    const history = await world.history('arn:aws:states:us-east-1:000000000000:execution:machine:one');
    const ends = history.filter(({ type }) => /^Map(Iteration|State)(Failed|Aborted|Succeeded)$/.test(type ?? '')).map(({ type }) => type);
    expect(ends).toEqual(['MapIterationFailed', 'MapIterationAborted', 'MapIterationAborted', 'MapStateFailed']);
  });

  test('is retried as a whole', async () => {
    let calls = 0;
    world.answer = () => (++calls === 2 ? { payload: null, error: { type: 'Once', message: '' } } : { payload: calls });

    const Retry = [{ ErrorEquals: ['Once'] }];
    const { value } = await run(only(aMap({ Inner: aTask('f') }, { Retry, MaxConcurrency: 1 })), { items: ['a', 'b'] });

    expect(value).toEqual([3, 4]);
  });

  test('whose results are too large together fails', async () => {
    world.answer = () => ({ payload: 'x'.repeat(140_000) });

    const { error } = await run(only(aMap({ Inner: aTask('f') }, { Output: {} })), { items: [1, 2] });

    expect(error).toBe('States.DataLimitExceeded');
  });
});

describe('a parallel', () => {
  test('gives every branch the same input and its outputs in order', async () => {
    const branch = (Output: unknown) => ({ StartAt: 'In', States: { In: { Type: 'Pass', Output, End: true } } });
    const state = {
      Type: 'Parallel',
      Arguments: { n: '{% $states.input.n + 1 %}' },
      Branches: [branch('{% $states.input.n %}'), branch('b')],
      End: true,
    };

    expect((await run(only(state), { n: 1 })).value).toEqual([2, 'b']);
  });

  test('fails when a branch does', async () => {
    const Branches = [
      { StartAt: 'In', States: { In: { Type: 'Fail', Error: 'Bad' } } },
      { StartAt: 'In', States: { In: { Type: 'Pass', End: true } } },
    ];

    expect((await run(only({ Type: 'Parallel', Branches, End: true }))).error).toBe('Bad');
  });
});

test('a machine times out as a whole, and what it was doing is forgotten', async () => {
  world.answer = () => new Promise(() => undefined);

  const { status, error } = await run({ ...only(aTask('f')), TimeoutSeconds: 100 });

  expect({ status, error }).toEqual({ status: 'TIMED_OUT', error: 'States.Timeout' });
  expect(world.clock.pending).toBe(0);
});

test('an execution fails when its history is full', async () => {
  const states = {
    Count: { Type: 'Pass', Next: 'More' },
    More: { Type: 'Choice', Choices: [{ Condition: true, Next: 'Count' }], Default: 'Count' },
  };
  await world.deploy({ StartAt: 'Count', States: states });
  const arn = await world.start();

  const { status, error, cause } = await world.closed(arn);

  expect({ status, error, cause }).toEqual({
    status: 'FAILED',
    error: 'States.Runtime',
    cause: 'the execution reached the maximum number of history events (25000)',
  });
  expect(await world.history(arn)).toHaveLength(25_000);
}, 60_000);
