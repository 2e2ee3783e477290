import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Faults, readHits } from '../../../local/faults/faults';
import { functionFaults } from '../../../local/faults/functions';
import { appIdOf, Moments } from '../../../local/faults/moments';
import { FaultPlan, type FaultPlanInput } from '../../../local/faults/plan';
import { aBench, type Bench, CALLER } from '../lambda/helpers';

let bench: Bench;
let world: Server;
let calls: string[];
const moments = new Moments();

/** What the functions call: counts, and springs traps as the gateway does. */
beforeEach(async () => {
  calls = [];
  world = createServer((http, response) => {
    const trap = moments.sprung(appIdOf(String(http.headers['user-agent'])), 'Call');
    if (trap?.when === 'before') return void trap.act();
    calls.push(http.url ?? '');
    trap?.act();
    response.end();
  });
  await new Promise<void>((resolve) => world.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await bench.close();
  world.closeAllConnections();
  await new Promise((resolve) => world.close(resolve));
});

/** A function that calls three times, naming itself as the SDK would. */
const CALLER_OF_THREE = `exports.handler = async ({ port }) => {
  const headers = { 'user-agent': 'aws-sdk-js/3 app/' + process.env.AWS_SDK_UA_APP_ID + '-PT-NO-OP-2.36.0' };
  for (const n of [1, 2, 3]) await (await fetch('http://127.0.0.1:' + port + '/' + n, { headers })).text();
  return 'done';
};`;

async function invoked(times: number, ...rules: FaultPlanInput['rules']) {
  const plan = FaultPlan.parse({ seed: 1, rules });
  bench = await aBench((stateDir) => functionFaults(new Faults(plan, stateDir), moments));
  const { attributes } = await bench.aFunction(CALLER_OF_THREE);
  const { port } = world.address() as AddressInfo;
  const answers = [];
  for (let i = 0; i < times; i++) {
    answers.push(await bench.lambda.invoke(attributes.Arn ?? '', { port }, CALLER).catch((thrown: Error) => ({ thrown: thrown.name })));
  }
  return answers;
}

test('a throttled function does not run', async () => {
  expect(await invoked(2, { kind: 'function-throttle', nth: [1] })).toEqual([{ thrown: 'TooManyRequestsException' }, { payload: 'done' }]);
  expect(calls).toEqual(['/1', '/2', '/3']);
});

test('a function killed after its effect has done everything, and says nothing of it', async () => {
  expect(await invoked(1, { kind: 'function-lost', nth: [1] })).toMatchObject([{ error: { type: 'Runtime.ExitError' } }]);
  expect(calls).toEqual(['/1', '/2', '/3']);
});

test('a function that timed out may have done everything', async () => {
  expect(await invoked(1, { kind: 'function-timeout', nth: [1] })).toMatchObject([{ error: { type: 'Sandbox.Timedout' } }]);
  expect(calls).toHaveLength(3);
});

test.each([
  ['before', ['/1']],
  ['after', ['/1', '/2']],
] as const)('a function killed %s its second call does nothing more, and the next invocation is whole', async (when, done) => {
  const answers = await invoked(2, { kind: 'function-kill', nth: [1], calls: [2, 2], when });

  expect(answers).toMatchObject([{ error: { type: 'Runtime.ExitError' } }, { payload: 'done' }]);
  expect(calls).toEqual([...done, '/1', '/2', '/3']);
  expect(readHits(bench.kernel.stateDir)).toMatchObject([{ kind: 'function-kill', service: 'lambda', target: 'Test-Step' }]);
});

test('a function that makes fewer calls than drawn lives, and nothing is noted', async () => {
  expect(await invoked(1, { kind: 'function-kill', nth: [1], calls: [4, 4] })).toEqual([{ payload: 'done' }]);
  expect(readHits(bench.kernel.stateDir)).toEqual([]);
});

test('rules tell functions apart by name', async () => {
  expect(await invoked(1, { kind: 'function-lost', every: 1, target: '*Other' })).toEqual([{ payload: 'done' }]);
});
