import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import type { FunctionResult } from '../../../local/kernel/types';
import type { Entry } from '../../../local/stepfunctions/history';
import { aStatesWorld, aTask, executionArn, type Invocation, MACHINE, type StatesWorld } from './states-world';

type Node =
  | { readonly kind: 'task'; readonly failures: number }
  | { readonly kind: 'pass' }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'map'; readonly items: number; readonly body: readonly Node[] }
  | { readonly kind: 'parallel'; readonly bodies: readonly (readonly Node[])[] };

const leaf: fc.Arbitrary<Node> = fc.oneof(
  fc.record({ kind: fc.constant('task' as const), failures: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ kind: fc.constant('pass' as const) }),
  fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 0, max: 9 }) }),
);

const bodyOf = (depth: number): fc.Arbitrary<readonly Node[]> => fc.array(nodeOf(depth), { minLength: 1, maxLength: 3 });

const nodeOf = (depth: number): fc.Arbitrary<Node> =>
  depth === 0
    ? leaf
    : fc.oneof(
        leaf,
        fc.record({ kind: fc.constant('map' as const), items: fc.integer({ min: 0, max: 3 }), body: bodyOf(depth - 1) }),
        fc.record({ kind: fc.constant('parallel' as const), bodies: fc.array(bodyOf(depth - 1), { minLength: 1, maxLength: 2 }) }),
      );

const AGAIN = [{ ErrorEquals: ['Again'], IntervalSeconds: 1, MaxAttempts: 2 }];

/** A state whose output is its input with its own name behind it, so that the output tells every step that was taken. */
function stateOf(node: Node, name: string): object {
  const trace = `{% $string($states.input) & "${name}" %}`;
  if (node.kind === 'pass') return { Type: 'Pass', Output: trace };
  if (node.kind === 'wait') return { Type: 'Wait', Seconds: node.seconds, Output: trace };
  if (node.kind === 'parallel') return { Type: 'Parallel', Branches: node.bodies.map((body, i) => flowOf(body, `${name}p${i}`)) };
  if (node.kind === 'map') {
    return {
      Type: 'Map',
      Items: `{% [[1..${node.items}].($string($states.input) & $string($))] %}`,
      ItemProcessor: flowOf(node.body, `${name}m`),
      MaxConcurrency: 2,
    };
  }
  const Payload = { trace, failures: node.failures, attempt: '{% $states.context.State.RetryCount %}' };
  const { End, ...task } = aTask('f', { Arguments: { FunctionName: 'f', Payload }, Retry: AGAIN }) as { End: true };
  return task;
}

function flowOf(body: readonly Node[], prefix: string): { StartAt: string; States: Record<string, object> } {
  const names = body.map((_, i) => `${prefix}${i}`);
  const states = body.map((node, i) => {
    const next = names[i + 1];
    return [names[i], { ...stateOf(node, names[i] ?? ''), ...(next ? { Next: next } : { End: true }) }] as const;
  });
  return { StartAt: names[0] ?? '', States: Object.fromEntries(states) };
}

const echo = ({ payload }: Invocation): FunctionResult =>
  Number(payload.attempt) < Number(payload.failures)
    ? { payload: null, error: { type: 'Again', message: 'again' } }
    : { payload: payload.trace };

const entriesIn = (stateDir: string): readonly Entry[] =>
  readFileSync(join(stateDir, 'stepfunctions', 'machine', 'one.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

async function inWorld<T>(stateDir: string | undefined, act: (world: StatesWorld) => Promise<T>): Promise<T> {
  const world = await aStatesWorld(stateDir);
  world.answer = echo;
  try {
    return await act(world);
  } finally {
    await world.close();
  }
}

/** The same execution in a new process that finds only these entries. */
async function revived(past: readonly Entry[]): Promise<{ output?: string | undefined; invocations: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'batchwright-law-'));
  mkdirSync(join(folder, 'stepfunctions', 'machine'), { recursive: true });
  const row = { arn: executionArn('one'), machineArn: MACHINE, name: 'one', startedAt: past[0]?.at, status: 'RUNNING' };
  writeFileSync(join(folder, 'stepfunctions', 'executions.jsonl'), `${JSON.stringify(row)}\n`);
  writeFileSync(join(folder, 'stepfunctions', 'machine', 'one.jsonl'), past.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  try {
    return await inWorld(folder, async (world) => {
      world.clock.ms = past.at(-1)?.at ?? 0;
      await world.service.start();
      const { output } = await world.closed(executionArn('one'));
      return { output, invocations: world.invocations.length };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('law: any machine killed after any entry gives the same output and calls only what had not answered', async () => {
  await fc.assert(
    fc.asyncProperty(
      bodyOf(2),
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 3, maxLength: 3 }),
      async (body, cuts) => {
        const { entries, output, calls } = await inWorld(undefined, async (world) => {
          const closed = await world.run(flowOf(body, 's'), 'in');
          return { entries: entriesIn(world.kernel.stateDir), output: closed.output, calls: world.invocations.length };
        });
        expect(output).toBeDefined();

        for (const cut of cuts) {
          const past = entries.slice(0, 1 + Math.floor(cut * entries.length));
          const answered = past.filter(({ type }) => type === 'TaskSucceeded' || type === 'TaskFailed').length;

          expect(await revived(past)).toEqual({ output, invocations: calls - answered });
        }
      },
    ),
    { numRuns: 25, seed: 7 },
  );
}, 120_000);
