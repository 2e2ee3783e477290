import { aCallback, aStatesWorld, aTask, only, ROLE, type StatesWorld } from './states-world';

let world: StatesWorld;

beforeEach(async () => {
  world = await aStatesWorld();
});

afterEach(() => world.close());

const run = (definition: object, input?: unknown) => world.run(definition, input);

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

  test('fails with the name of the function’s error and a cause in Lambda’s words', async () => {
    world.answer = () => ({ payload: { errorMessage: 'no', errorType: 'MyError', trace: ['at x'] }, error: { type: 'MyError', message: 'no' } });

    const { status, error, cause } = await run(only(aTask('f')));

    expect({ status, error }).toEqual({ status: 'FAILED', error: 'MyError' });
    expect(JSON.parse(cause ?? '')).toEqual({ errorMessage: 'no', errorType: 'MyError', trace: ['at x'] });
  });
});
