import { AccessDeniedError, NotEmulatedError } from '../../../local/kernel/errors';
import { serviceCaller } from '../../../local/messaging/service-caller';
import { eventually } from '../../support/messaging-kernel';
import { aBench, type Bench, CALLER, ROLE } from './helpers';

let bench: Bench;

beforeEach(async () => {
  bench = await aBench();
});

afterEach(() => bench.close());

async function invoke(source: string, payload: unknown = {}, properties: Readonly<Record<string, unknown>> = {}) {
  const { attributes } = await bench.aFunction(source, { properties });
  return bench.lambda.invoke(attributes.Arn ?? '', payload, CALLER);
}

const REQUEST_ID = '[0-9a-f-]{36}';

describe('a function', () => {
  test('is named after stack and logical id', async () => {
    const { ref, attributes } = await bench.aFunction('');

    expect(ref).toBe('Test-Step');
    expect(attributes).toEqual({ Arn: 'arn:aws:lambda:us-east-1:000000000000:function:Test-Step' });
  });

  test('has a name of at most 64 characters, different for different logical ids', async () => {
    const one = await bench.aFunction('', { logicalId: `${'L'.repeat(80)}1` });
    const two = await bench.aFunction('', { logicalId: `${'L'.repeat(80)}2` });

    expect(one.ref).toHaveLength(64);
    expect(one.ref).not.toBe(two.ref);
  });

  test('gets its payload and answers', async () => {
    const result = await invoke('exports.handler = async (event) => ({ doubled: event.n * 2 });', { n: 21 });

    expect(result).toEqual({ payload: { doubled: 42 } });
  });

  test.each([
    ['an async arrow', 'exports.handler = async () => 1;', 1],
    ['a callback', 'exports.handler = (event, context, callback) => callback(null, 2);', 2],
    ['a plain value', 'exports.handler = () => 3;', 3],
    ['nothing', 'exports.handler = async () => {};', null],
  ])('may answer by %s', async (_, source, payload) => {
    expect(await invoke(source)).toEqual({ payload });
  });

  test('may be an ES module', async () => {
    const { attributes } = await bench.aFunction(
      'import { basename } from "node:path"; export const handler = async () => basename("a/b");',
      { file: 'index.mjs' },
    );

    expect(await bench.lambda.invoke(attributes.Arn ?? '', {}, CALLER)).toEqual({ payload: 'b' });
  });

  test('may be written inline in the template', async () => {
    const result = await invoke('', {}, { Code: { ZipFile: 'exports.handler = async () => "inline"' } });

    expect(result).toEqual({ payload: 'inline' });
  });

  test('sees the environment of the template, of its role and of Lambda, and nothing of ours', async () => {
    process.env.OF_THE_PARENT = 'secret';

    const { payload } = await invoke(
      'exports.handler = async () => ({ ...process.env });',
      {},
      { Environment: { Variables: { STATE_BUCKET: 'state', LIMIT: 5 } } },
    );

    delete process.env.OF_THE_PARENT;
    expect(payload).toMatchObject({
      STATE_BUCKET: 'state',
      LIMIT: '5',
      AWS_ENDPOINT_URL: bench.kernel.endpoint,
      AWS_ACCESS_KEY_ID: ROLE,
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'Test-Step',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/Test-Step',
      _HANDLER: 'index.handler',
    });
    expect(Object.keys(payload as object)).toEqual(expect.not.arrayContaining(['OF_THE_PARENT', 'PATH', 'HOME', 'NODE_OPTIONS']));
  });

  test('gets a context', async () => {
    const { payload } = await invoke('exports.handler = async (_, c) => ({ ...c, left: c.getRemainingTimeInMillis() });');

    expect(payload).toMatchObject({
      awsRequestId: expect.stringMatching(REQUEST_ID),
      functionName: 'Test-Step',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:Test-Step',
      memoryLimitInMB: '128',
      logGroupName: '/aws/lambda/Test-Step',
    });
    expect((payload as { left: number }).left).toBeGreaterThan(9000);
    expect((payload as { left: number }).left).toBeLessThanOrEqual(10_000);
  });

  test('keeps its module between invocations in a row, and gets a thread of its own for each at the same time', async () => {
    const source = 'let n = 0; exports.handler = async (ms) => { n++; await new Promise((r) => setTimeout(r, ms)); return n; };';
    const { attributes } = await bench.aFunction(source);
    const call = async (ms: number) => (await bench.lambda.invoke(attributes.Arn ?? '', ms, CALLER)).payload;

    expect([await call(0), await call(0)]).toEqual([1, 2]);
    expect((await Promise.all([call(200), call(200)])).toSorted()).toEqual([1, 3]);
  });

  test('has its new code after being deployed again', async () => {
    await invoke('exports.handler = async () => "old";');

    expect(await invoke('exports.handler = async () => "new";')).toEqual({ payload: 'new' });
  });
});

describe('a failing function', () => {
  test('answers the name, the message and the trace of what it threw', async () => {
    const result = await invoke(
      'exports.handler = async () => { throw Object.assign(new Error("no such chunk"), { name: "ChunkError" }); };',
    );

    expect(result.error).toEqual({ type: 'ChunkError', message: 'no such chunk' });
    expect(result.payload).toMatchObject({ errorType: 'ChunkError', errorMessage: 'no such chunk', trace: expect.any(Array) });
  });

  test.each([
    ['a missing module', 'exports.handler = require("not-there");', 'Runtime.ImportModuleError', /Cannot find module 'not-there'/],
    ['a missing handler', 'exports.other = 1;', 'Runtime.HandlerNotFound', /index\.handler is undefined or not exported/],
    ['a fault while loading', 'throw new TypeError("at load");', 'TypeError', /at load/],
    ['a thrown string', 'exports.handler = async () => { throw "words"; };', 'string', /words/],
    [
      'an exit',
      'exports.handler = async () => { process.exit(3); };',
      'Runtime.ExitError',
      /^RequestId: .* Error: Runtime exited with error: exit status 3$/,
    ],
    [
      'a lost rejection',
      'exports.handler = () => new Promise(() => { Promise.reject(new Error("lost")); });',
      'Runtime.UnhandledPromiseRejection',
      /Error: lost/,
    ],
    [
      'an uncaught error',
      'exports.handler = () => new Promise(() => { setImmediate(() => { throw new RangeError("late"); }); });',
      'RangeError',
      /late/,
    ],
    ['a value that JSON cannot hold', 'exports.handler = async () => 1n;', 'TypeError', /BigInt/],
    ['too large an answer', 'exports.handler = async () => "x".repeat(7 * 1024 * 1024);', 'Function.ResponseSizeTooLarge', /6291456 bytes/],
  ])('%s', async (_, source, type, message) => {
    const { error } = await invoke(source);

    expect(error).toEqual({ type, message: expect.stringMatching(message) });
  });

  test('runs out of memory at the size of the template', async () => {
    const { error } = await invoke(
      'exports.handler = async () => { const a = []; for (;;) a.push(new Array(100000).fill(Math.random())); };',
      {},
      { Timeout: 30 },
    );

    expect(error).toEqual({ type: 'Runtime.OutOfMemory', message: expect.stringContaining('signal: killed') });
  }, 60_000);

  test('is stopped at its timeout, even in a busy loop, and works again afterwards', async () => {
    const { attributes } = await bench.aFunction('exports.handler = async (e) => { while (e.spin) {} return "fine"; };', {
      properties: { Timeout: 1 },
    });
    const arn = attributes.Arn ?? '';

    const { error } = await bench.lambda.invoke(arn, { spin: true }, CALLER);

    expect(error).toEqual({
      type: 'Sandbox.Timedout',
      message: expect.stringMatching(`^RequestId: ${REQUEST_ID} Error: Task timed out after 1.00 seconds$`),
    });
    expect(await bench.lambda.invoke(arn, {}, CALLER)).toEqual({ payload: 'fine' });
  });
});

describe('refusals', () => {
  test('a call needs lambda:InvokeFunction', async () => {
    bench.kernel.deny('lambda:InvokeFunction');

    await expect(invoke('exports.handler = async () => 1;')).rejects.toThrow(AccessDeniedError);
  });

  test('a service calls in the name of a resource', async () => {
    const { attributes } = await bench.aFunction('exports.handler = async () => 1;');

    await bench.lambda.invoke(attributes.Arn ?? '', {}, serviceCaller('events.amazonaws.com', 'arn:rule'));

    expect(bench.kernel.asked[0]).toEqual({
      caller: { kind: 'role', arn: 'service:events.amazonaws.com' },
      action: 'lambda:InvokeFunction',
      resource: attributes.Arn,
      context: { 'aws:SourceArn': 'arn:rule', 'aws:SourceAccount': '000000000000' },
    });
  });

  test('more calls at once than reserved are throttled', async () => {
    const { attributes } = await bench.aFunction('exports.handler = () => new Promise((r) => setTimeout(r, 300));', {
      properties: { ReservedConcurrentExecutions: 1 },
    });
    const call = () => bench.lambda.invoke(attributes.Arn ?? '', {}, CALLER);
    const first = call();

    await expect(call()).rejects.toMatchObject({ code: 'TooManyRequestsException', status: 429 });
    await first;
    await expect(call()).resolves.toEqual({ payload: null });
  });

  test('a function with more than 4 KB of variables is refused when it is deployed', async () => {
    const Variables = { NAME: 'x'.repeat(4096) };

    await expect(bench.aFunction('', { properties: { Environment: { Variables } } })).rejects.toThrow('at most 4096 are allowed');
  });

  test('an unknown function and too large a payload are named', async () => {
    await expect(bench.lambda.invoke('none', {}, CALLER)).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
    await expect(invoke('exports.handler = async () => 1;', 'x'.repeat(6 * 1024 * 1024))).rejects.toMatchObject({
      code: 'RequestTooLargeException',
    });
  });

  test.each([
    ['python', { Runtime: 'python3.13' }, 'the runtime python3.13 of the function Test-Step'],
    ['a layer', { Layers: ['arn:layer'] }, 'a Lambda layer of the function Test-Step'],
    ['an image', { Runtime: undefined, Code: { ImageUri: 'image' } }, 'the runtime container image of the function Test-Step'],
  ])('a function with %s may exist, but not be called', async (_, properties, what) => {
    const call = invoke('', {}, properties);

    await expect(call).rejects.toThrow(NotEmulatedError);
    await expect(call).rejects.toThrow(what);
  });
});

describe('logs', () => {
  test('carry what the function prints, between START, END and REPORT', async () => {
    await invoke(
      'console.log("loaded"); exports.handler = async () => { console.log("out %d", 1); console.error("err"); process.stdout.write("raw\\n"); };',
    );

    expect(bench.lines).toEqual([
      expect.stringMatching(`^/aws/lambda/Test-Step START RequestId: ${REQUEST_ID} Version: \\$LATEST$`),
      '/aws/lambda/Test-Step loaded',
      '/aws/lambda/Test-Step out 1',
      '/aws/lambda/Test-Step err',
      '/aws/lambda/Test-Step raw',
      expect.stringMatching('END RequestId'),
      expect.stringMatching(
        /REPORT RequestId: .*\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration/,
      ),
    ]);
  });

  test('go to the group that the template names', async () => {
    await invoke('exports.handler = async () => 1;', {}, { LoggingConfig: { LogGroup: '/batchwright/steps', LogFormat: 'JSON' } });

    expect(bench.lines.every((line) => line.startsWith('/batchwright/steps '))).toBe(true);
  });

  test('are lost, with a notice, when the role may not write them', async () => {
    bench.kernel.deny('logs:PutLogEvents');

    expect(await invoke('exports.handler = async () => 1;')).toEqual({ payload: 1 });
    expect(bench.lines).toEqual([]);
    expect(bench.kernel.lines).toEqual([expect.stringContaining('Test-Step leaves no logs')]);
  });

  test('tell a timeout and an error', async () => {
    await invoke('exports.handler = () => new Promise(() => {});', {}, { Timeout: 1 });

    expect(bench.lines.some((line) => line.includes('Task timed out after 1.00 seconds'))).toBe(true);
    expect(bench.lines.at(-1)).toMatch(/\tStatus: timeout$/);
  });
});

describe('the API', () => {
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${bench.kernel.endpoint}/2015-03-31/functions${path}`, {
      ...init,
      headers: { authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/lambda/aws4_request', ...init.headers },
    });

  test('Invoke answers the bare payload and marks an error', async () => {
    await bench.aFunction('exports.handler = async ({ fail }) => { if (fail) throw new RangeError("told"); return [1]; };');

    const fine = await call('/Test-Step/invocations', { method: 'POST', body: '{}' });
    const failed = await call('/Test-Step/invocations', { method: 'POST', body: '{"fail":true}' });

    expect([fine.status, fine.headers.get('x-amz-function-error'), await fine.json()]).toEqual([200, null, [1]]);
    expect([failed.status, failed.headers.get('x-amz-function-error')]).toEqual([200, 'Unhandled']);
    expect(await failed.json()).toMatchObject({ errorType: 'RangeError', errorMessage: 'told' });
  });

  test('a refusal carries its code', async () => {
    const unknown = await call('/none/invocations', { method: 'POST', body: '{}' });
    await bench.aFunction('');
    const event = await call('/Test-Step/invocations', { method: 'POST', body: '{}', headers: { 'x-amz-invocation-type': 'Event' } });

    expect([unknown.status, unknown.headers.get('x-amzn-errortype')]).toEqual([404, 'ResourceNotFoundException']);
    expect([event.status, event.headers.get('x-amzn-errortype')]).toEqual([501, 'NotEmulated']);
  });

  test('functions can be looked at', async () => {
    await bench.aFunction('');

    expect(await (await call('/Test-Step')).json()).toMatchObject({
      Configuration: { FunctionName: 'Test-Step', Timeout: 10, Role: ROLE },
    });
    expect(await (await call('/')).json()).toMatchObject({ Functions: [{ FunctionName: 'Test-Step' }] });
    expect((await call('/Test-Step/policy')).status).toBe(400);
  });
});

test('stopping ends threads at once, and an invocation under way is never answered', async () => {
  const { attributes } = await bench.aFunction('console.log("up"); exports.handler = () => new Promise(() => {});');
  let answered = false;
  void bench.lambda.invoke(attributes.Arn ?? '', {}, CALLER).finally(() => {
    answered = true;
  });
  await eventually('the thread', () => bench.lines.some((line) => line.endsWith('up')));

  await bench.lambda.stop();
  await new Promise((done) => setTimeout(done, 50));

  expect(answered).toBe(false);
});
