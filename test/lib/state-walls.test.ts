import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { abortRun } from '../../adapters/aborting';
import type { Complaint } from '../../core/contracts';
import { complaintKey, reportKey } from '../../core/keys';
import { Report } from '../../core/report/report-contract';
import { StepFailure } from '../../core/step-failures';
import { AssessInput, assess } from '../../lambda/assess';
import { CommitInput, commit } from '../../lambda/commit';
import { intake } from '../../lambda/intake';
import { PlanInput, plan } from '../../lambda/plan';
import { ReportInput, report } from '../../lambda/report';
import type { Deps } from '../../lambda/runtime';
import { toHandler } from '../../lambda/runtime';
import { SubmitInput, submit } from '../../lambda/submit';
import type { FunctionResult } from '../../local/kernel/types';
import { definitionsOf } from '../../scripts/validate-templates';
import { aStatesWorld, type Invocation } from '../local/stepfunctions/states-world';
import { tenByteLines } from '../support/fake-worker';
import { aConfig, aSpec } from '../support/records';
import { aWorld, type World } from '../support/world';
import { deployed } from './fixture';

/** The deployed state machine with the real steps: whatever is said, a run ends with a report. The local Step Functions is the judge of sizes. */

process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';

const deployment = deployed();
afterAll(deployment.remove);

interface Machine {
  readonly States: Readonly<Record<string, MachineState>>;
}
interface MachineState {
  readonly Arguments?: { FunctionName: string };
  readonly ItemProcessor?: Machine;
}

/** The machine, whose states call functions of their own names. */
function machine(): Machine {
  const definition = structuredClone(Object.values(definitionsOf(deployment.controlPlane.toJSON()))[0]) as Machine;
  const name = ({ States }: Machine): void => {
    for (const [state, { Arguments, ItemProcessor }] of Object.entries(States)) {
      if (Arguments) Arguments.FunctionName = `arn:aws:lambda:us-east-1:000000000000:function:${state}`;
      if (ItemProcessor) name(ItemProcessor);
    }
  };
  name(definition);
  return definition;
}

const SPEC = { input: { prefix: 'incoming/orders/', format: 'jsonl' }, output: { format: 'jsonl' }, chunk: { bytes: 100 } };

type Step = (event: unknown) => Promise<unknown>;

const handlersOf = (deps: Deps): Readonly<Record<string, Step>> => ({
  Plan: toHandler(PlanInput, (input) => plan(input, deps)),
  Submit: toHandler(SubmitInput, (input) => submit(input, deps)),
  Assess: toHandler(AssessInput, (input) => assess(input, deps)),
  Commit: toHandler(CommitInput, (input) => commit(input, deps)),
  Report: toHandler(ReportInput, (input) => report(input, deps)),
});

/** What Lambda makes of a handler. */
async function invoke(handler: Step, event: unknown): Promise<FunctionResult> {
  try {
    return { payload: (await handler(event)) ?? null };
  } catch (thrown) {
    const { name, message, stack = '' } = thrown as Error;
    return { payload: { errorType: name, errorMessage: message, trace: stack.split('\n') }, error: { type: name, message } };
  }
}

interface Scene {
  /** What the workers of the one array leave behind. */
  readonly complaint?: string;
  /** A step that throws this. */
  readonly broken?: { readonly step: string; readonly thrown: unknown };
  readonly reason?: string;
}

const complain = (world: World, runId: string, text: string): void => {
  const attempt: Complaint['attempt'] = { round: 0, array: 0, task: 0, jobId: 'job-1', attempt: 1 };
  const failure = { class: 'CONFIG', message: text, hint: text } as const;
  const complaint: Complaint = { schema: 'complaint.v1', chunk: '0000000', attempt, failure };
  world.state.put(complaintKey(runId, 0, '0000000', 'w'), JSON.stringify(complaint));
};

/** Runs a scene to its end: how the execution ended, and the report that it left. */
async function play({ complaint, broken, reason }: Scene) {
  const states = await aStatesWorld();
  // Pauses pass at once; what limits an array or the run does not.
  states.clock.patience = 3_600_000;
  try {
    const world = aWorld(aConfig(aSpec(SPEC)));
    const { key, versionId } = world.drop('incoming/orders/a.jsonl', tenByteLines(35));
    const detail = { bucket: { name: 'input' }, object: { key, 'version-id': versionId, size: 1 } };
    await intake({ Records: [{ messageId: 'm', body: JSON.stringify({ job: 'orders', detail }) }] }, world.deps);
    const [runId = ''] = world.started.keys();
    world.batch.end('job-1', [{ jobId: 'job-1', exitCode: 78 }]);
    if (complaint !== undefined) complain(world, runId, complaint);
    const request = { schema: 'abort.v1', at: '2026-01-01T00:00:00.000Z', reason: reason ?? '' } as const;
    if (reason !== undefined) await abortRun(runId, request, { state: world.state, batch: world.batch });
    const succeed = async (taskToken: string, output: unknown) =>
      Boolean(await states.client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })));
    const handlers = handlersOf({ ...world.deps, executions: { ...world.deps.executions, succeed } });
    states.answer = ({ functionArn, payload }: Invocation) => {
      const name = functionArn.split(':').at(-1) ?? '';
      const isBroken = broken?.step === name;
      const thrower = toHandler(PlanInput.loose(), async () => Promise.reject(broken?.thrown));
      return invoke(isBroken ? thrower : (handlers[name] as Step), isBroken ? { stateMachine: '', ...payload } : payload);
    };

    const ended = await states.run(machine(), { runId, job: 'orders' });

    const stored = world.state.keys(reportKey(runId)).map((name) => Report.parse(JSON.parse(world.state.text(name))));
    return { status: ended.status, error: ended.error, report: stored[0] };
  } finally {
    await states.close();
  }
}

const LENGTH = 300_000;
const TEXTS: readonly (readonly [string, string])[] = [
  ['letters', 'x'.repeat(LENGTH)],
  ['zero bytes', '\u0000'.repeat(LENGTH)],
  ['quotes', '"\\'.repeat(LENGTH / 2)],
  ['emoji', '😀'.repeat(LENGTH)],
  ['halves of characters', '\ud83d'.repeat(LENGTH)],
];

test.each(TEXTS)('a worker that says %s without end fails its run by name', async (_, text) => {
  const { status, error, report } = await play({ complaint: text });

  expect([status, error]).toEqual(['FAILED', 'RunFailed']);
  expect(report).toMatchObject({ status: 'FAILED', failure: { class: 'CONFIG' } });
  expect(
    Buffer.from(text)
      .toString()
      .startsWith(report?.failure?.message.split(' … (')[0] ?? '?'),
  ).toBe(true);
});

test.each(['Plan', 'Submit', 'Assess'])('an error of %s without end fails the run by the name of the error', async (step) => {
  const { error, report } = await play({ broken: { step, thrown: new StepFailure('DATA', '"\u0000'.repeat(LENGTH)) } });

  expect(error).toBe('RunFailed');
  expect(report).toMatchObject({ status: 'FAILED', failure: { class: 'DATA' } });
});

test('a Commit that fails with an error without end is called again, and in the end left to the sweep by name', async () => {
  const { error, report } = await play({ broken: { step: 'Commit', thrown: new Error('x'.repeat(LENGTH)) } });

  expect([error, report]).toEqual(['RunFailed', undefined]);
});

test('a reason to abort without end ends the run ABORTED', async () => {
  const { error, report } = await play({ reason: 'why '.repeat(LENGTH) });

  expect([error, report?.status]).toEqual(['RunFailed', 'ABORTED']);
});
