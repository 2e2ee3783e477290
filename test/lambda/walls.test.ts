import {
  BatchClient,
  DescribeJobsCommand,
  type JobDetail,
  ListJobsCommand,
  SubmitJobCommand,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import type { z } from 'zod';
import { closeRun, endJobs } from '../../adapters/aborting';
import { createNotices, createRunEvents } from '../../adapters/aws/announcements';
import { createBatchEngine } from '../../adapters/aws/batch-engine';
import { createJson } from '../../adapters/json';
import type { Chunk, Complaint, ExecutionInput, Failure, Fence, Plan } from '../../core/contracts';
import { FailureClass } from '../../core/failures';
import { chunksKey, complaintKey, fenceKey, inputKey, jobIdKey, markerKey, planKey, roundKey, tasksIndexKey } from '../../core/keys';
import * as limits from '../../core/limits';
import { encodeTasks } from '../../core/plan/packing';
import { runIdOf } from '../../core/run-id';
import { closingName, executionName } from '../../core/submit/execution-names';
import { AssessInput, assess } from '../../lambda/assess';
import { CollectInput, collect } from '../../lambda/collect';
import { CommitInput, commit } from '../../lambda/commit';
import { IntakeInput, intake } from '../../lambda/intake';
import { PlanInput, plan } from '../../lambda/plan';
import { RedriveInput, redrive } from '../../lambda/redrive';
import { ReportInput, report } from '../../lambda/report';
import type { Deps } from '../../lambda/runtime';
import { toHandler } from '../../lambda/runtime';
import { SettleInput, settle } from '../../lambda/settle';
import { SubmitInput, submit } from '../../lambda/submit';
import { SweepInput, sweep } from '../../lambda/sweep';
import { aConfig, aMarker, anObject, aSpec } from '../support/records';
import { aWorld, type World } from '../support/world';

/**
 * The law: nothing that a step answers, throws, publishes or submits exceeds the wall of what it goes through, whatever its
 * inputs hold. Sizes are those of the JSON that is sent; the clients are the real adapters'.
 */

process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';

const {
  EVENT_BYTES,
  EXECUTION_NAME_CHARACTERS,
  JOB_NAME_CHARACTERS,
  LOG_EVENT_BYTES,
  LOG_TEXT_BYTES,
  MESSAGE_BYTES,
  NOTICE_BYTES,
  OBJECT_KEY_BYTES,
  OVERRIDES_CHARACTERS,
  REASON_CHARACTERS,
  STATE_BYTES,
  SUBJECT_CHARACTERS,
  SUBMISSION_BYTES,
} = limits;

const batch = mockClient(BatchClient);
const bridge = mockClient(EventBridgeClient);
const sns = mockClient(SNSClient);

beforeEach(() => {
  for (const client of [batch, bridge, sns]) client.reset();
  batch.on(SubmitJobCommand).resolves({ jobId: 'j' });
  batch.on(TerminateJobCommand).resolves({});
  batch.on(ListJobsCommand).resolves({ jobSummaryList: [] });
  batch.on(DescribeJobsCommand).resolves({ jobs: [{ jobId: 'j', status: 'RUNNING' } as JobDetail] });
  bridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  sns.on(PublishCommand).resolves({});
});

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

/** The longest names that a spec and a clock allow. */
const JOB = `a${'-'.repeat(30)}`;
const OBJECTS = [{ bucket: 'b'.repeat(63), key: '"'.repeat(OBJECT_KEY_BYTES), versionId: 'v'.repeat(1024) }];
const RUN = { runId: runIdOf(JOB, OBJECTS), job: JOB, drive: 99 };
const MACHINE = `arn:aws:states:us-gov-west-1:000000000000:stateMachine:${'m'.repeat(80)}`;
const TIMES = { execution: `${MACHINE}:${'e'.repeat(80)}`, startedAt: '2026-01-01T00:00:00.000Z' };

/** Texts up to far beyond every wall, of characters that JSON writes as one to six bytes. */
const hostileText = fc
  .tuple(fc.constantFrom('x', '"\\', '\u0000', '€', '😀', '\ud83d', '\n', '<&'), fc.constantFrom(0, 1, 700, 3000, 300_000))
  .map(([characters, times]) => characters.repeat(times));
const hostileFailure: fc.Arbitrary<Failure> = fc.record({
  class: fc.constantFrom(...FailureClass.options),
  message: hostileText,
  hint: hostileText,
  final: fc.boolean(),
});

/** What Lambda makes of a step: its answer, or what it writes of an error. */
async function called<Schema extends z.ZodType, Result>(
  [schema, step]: readonly [Schema, (input: z.infer<Schema>, deps: Deps) => Promise<Result>],
  { deps }: Pick<World, 'deps'>,
  event: unknown,
): Promise<{ readonly answer?: unknown; readonly thrown?: { readonly Error: string; readonly Cause: string } }> {
  try {
    return { answer: await toHandler(schema, (input) => step(input, deps))(event) };
  } catch (error) {
    const { name, message, stack = '' } = error as Error;
    return { thrown: { Error: name, Cause: JSON.stringify({ errorType: name, errorMessage: message, trace: stack.split('\n') }) } };
  }
}

/** The payload of Commit and of Report: what the run was started with and what led there. */
const merged = (input: ExecutionInput, state: object): object => ({ ...input, ...state, ...TIMES });
const STARTED: ExecutionInput = { ...RUN, begin: 'commit' };

/** A world with the adapters' own clients behind it. */
function aWalledWorld(): World {
  const world = aWorld(aConfig(aSpec({ name: JOB, input: { prefix: 'in/', format: 'jsonl' }, output: { format: 'jsonl' } })));
  const events = createRunEvents('bus');
  return { ...world, deps: { ...world.deps, events, notices: createNotices('topic') } };
}

const REF = { runId: RUN.runId, job: JOB };

/** A run of so many chunks and arrays, written down as Plan does; nothing of it is done. */
async function aPlannedRun(world: World, chunks: readonly Chunk[], arrays = 1): Promise<void> {
  const config = aConfig(aSpec({ name: JOB, input: { prefix: 'in/', format: 'jsonl' }, output: { format: 'jsonl' } }));
  const bytes = chunks.length * 10;
  const made: Omit<Plan, 'sizing'> = {
    schema: 'plan.v1',
    ...REF,
    objects: [anObject({ ...OBJECTS[0], bytes })],
    bytes,
    chunks: chunks.length,
    tasks: 1,
    config,
    pins: { jobDefinition: 'jd:1', image: 'i', config: 'v', stateMachine: MACHINE },
    output: { bucket: 'output', prefix: 'p' },
  };
  const { lines, index } = encodeTasks(chunks, [0]);
  const share = { firstTask: 0, tasks: 1, capacity: 'spot', profile: config.worker.profile } as const;
  const list = Array.from({ length: arrays }, (_, array) => ({ array, ...share }));
  await createJson(world.state, inputKey(REF.runId), { schema: 'input.v1', ...REF, objects: OBJECTS });
  await createJson(world.state, planKey(REF.runId), { ...made, sizing: { chunkBytes: 10, tasksTarget: 1, why: 'w' } });
  await world.state.createOnce(chunksKey(REF.runId, 0), lines);
  await world.state.createOnce(tasksIndexKey(REF.runId, 0), index);
  await createJson(world.state, roundKey(REF.runId, 0), { schema: 'round.v1', round: 0, arrays: list, chunks: chunks.length, tasks: 1 });
}

const someChunks = (count: number): readonly Chunk[] =>
  Array.from({ length: count }, (_, i) => ({ id: String(i).padStart(7, '0'), ranges: [{ object: 0, start: i * 10, end: i * 10 + 10 }] }));

const complaintOf = (chunk: string, failure: Failure): Complaint => ({
  schema: 'complaint.v1',
  chunk,
  attempt: { round: 0, array: 0, task: 0, jobId: 'job-1', attempt: 1 },
  failure,
});

test('the walls are those that AWS documents, and our own stand well before them', () => {
  expect(limits).toMatchObject({
    STATE_BYTES: 262_144,
    EVENT_BYTES: 262_144,
    NOTICE_BYTES: 262_144,
    LOG_EVENT_BYTES: 262_144,
    SUBJECT_CHARACTERS: 99,
    SUBMISSION_BYTES: 30_720,
    OVERRIDES_CHARACTERS: 8192,
    JOB_NAME_CHARACTERS: 128,
    REASON_CHARACTERS: 1024,
    EXECUTION_NAME_CHARACTERS: 80,
    OBJECT_KEY_BYTES: 1024,
    MESSAGE_BYTES: 2048,
  });
  // JSON makes six bytes of one, and JSON within JSON seven.
  expect(7 * LOG_TEXT_BYTES).toBeLessThan(LOG_EVENT_BYTES);
});

describe('state', () => {
  test('Assess answers, and Commit and Report take, what a state holds, however much workers complain', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(hostileFailure, { minLength: 1, maxLength: 4 }), fc.constantFrom(1, 300), async (failures, chunks) => {
        const world = aWalledWorld();
        await aPlannedRun(world, someChunks(chunks));
        await createJson(world.state, jobIdKey(RUN.runId, 0, 0), { schema: 'job.v1', jobId: 'job-1', jobName: 'n' });
        world.batch.end('job-1', [{ jobId: 'job-1', exitCode: 70, statusReason: 'x'.repeat(1000) }]);
        for (const [i, failure] of failures.entries()) {
          const chunk = String(i % chunks).padStart(7, '0');
          await createJson(world.state, complaintKey(RUN.runId, 0, chunk, `w${i}`), complaintOf(chunk, failure));
        }

        const { answer, thrown } = await called([AssessInput, assess], world, { ...REF, round: 0 });

        expect(thrown).toBeUndefined();
        const { failure } = answer as { failure?: Failure };
        expect(jsonBytes(merged(STARTED, { ...(answer as object) }))).toBeLessThan(STATE_BYTES);
        if (!failure) return;
        expect([Buffer.byteLength(failure.message), Buffer.byteLength(failure.hint)].every((bytes) => bytes <= MESSAGE_BYTES)).toBe(true);
        const ended = await called([CommitInput, commit], world, merged(REF, { failure }));
        expect(ended.answer).toEqual({ published: false });
      }),
      { numRuns: 30 },
    );
  });

  test('what a step throws fits into a state, as often as JSON is written into JSON', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, hostileText, async (message, name) => {
        const step = async () => Promise.reject(Object.assign(new Error(message), { name }));

        const { thrown } = await called([CollectInput, step], aWalledWorld(), {});

        expect(jsonBytes(merged(STARTED, { error: thrown }))).toBeLessThan(STATE_BYTES);
      }),
    );
  });

  test('an event that is no event at all is refused in few words by every step', async () => {
    const world = aWalledWorld();
    const garbage = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`${'k'.repeat(60)}${i}`, { jobId: 7 }]));
    const steps = [
      [IntakeInput, intake],
      [PlanInput, plan],
      [RedriveInput, redrive],
      [SubmitInput, submit],
      [SettleInput, settle],
      [AssessInput, assess],
      [CommitInput, commit],
      [ReportInput, report],
      [SweepInput, sweep],
      [CollectInput, collect],
    ] as unknown as readonly (readonly [z.ZodType, (input: unknown, deps: Deps) => Promise<unknown>])[];

    for (const step of steps) {
      const { thrown } = await called(step, world, { Records: Array(5000).fill(garbage), detail: garbage, runId: 'x'.repeat(300_000) });

      expect(jsonBytes(thrown)).toBeLessThan(STATE_BYTES / 4);
    }
  });

  test('an answer that would not fit is an error with a name, which a Catch can catch', async () => {
    const { thrown } = await called([CollectInput, async () => 'x'.repeat(STATE_BYTES)], aWalledWorld(), {});

    expect(thrown?.Error).toBe('CODEFailure');
  });

  test('as many arrays as ten million tasks need are named in one state', async () => {
    const world = aWalledWorld();
    await aPlannedRun(world, someChunks(1), 1000);

    const { answer } = await called([PlanInput, plan], world, { ...REF, stateMachine: MACHINE });

    expect(answer).toMatchObject({ next: 'round', round: 0 });
    expect(jsonBytes(answer)).toBeLessThan(STATE_BYTES / 4);
    // The Map's result is what every Submit was answered.
    const woken = { jobId: '0'.repeat(36), status: 'SUCCEEDED' };
    expect(jsonBytes(Array(1000).fill(woken))).toBeLessThan(STATE_BYTES);
  });

  test('names that hold a run id are as short as executions and jobs allow', () => {
    for (const name of [executionName, closingName]) expect(name(RUN.runId, 9999).length).toBeLessThanOrEqual(EXECUTION_NAME_CHARACTERS);
  });
});

describe('the end of a run', () => {
  test('a mismatch of endless keys is told in few words; its report, event and notice go out', async () => {
    const world = aWalledWorld();
    await aPlannedRun(world, someChunks(2));
    for (const { id, ranges } of someChunks(2)) {
      const [range = { start: 0, end: 0 }] = ranges;
      const marker = aMarker(id, { start: range.start + 1, end: range.end }, { runId: RUN.runId, parts: [] });
      await createJson(world.state, markerKey(RUN.runId, id), marker);
    }

    await called([CommitInput, commit], world, REF);
    const { answer } = await called([ReportInput, report], world, merged(REF, {}));

    expect(answer).toEqual({ status: 'FAILED' });
    expectAnnounced();
  });

  test('whatever failed, event and notice are within their walls', async () => {
    await fc.assert(
      fc.asyncProperty(hostileFailure, async (failure) => {
        const world = aWalledWorld();
        await createJson(world.state, inputKey(RUN.runId), { schema: 'input.v1', ...REF, objects: OBJECTS });
        await called([CommitInput, commit], world, { ...REF, failure });

        expect((await called([ReportInput, report], world, merged(REF, {}))).thrown).toBeUndefined();

        expectAnnounced();
      }),
      { numRuns: 30 },
    );
  });

  test('notices of any text and subject keep to what SNS takes', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, hostileText, async (subject, text) => {
        sns.resetHistory();
        await createNotices('topic').send(`s${subject}`, `t${text}`);

        expectAnnounced();
      }),
    );
  });
});

function expectAnnounced(): void {
  for (const call of bridge.commandCalls(PutEventsCommand)) {
    const [entry] = call.args[0].input.Entries ?? [];
    expect(jsonBytes(entry)).toBeLessThan(EVENT_BYTES);
  }
  for (const call of sns.commandCalls(PublishCommand)) {
    const { Subject = '', Message = '' } = call.args[0].input;
    expect(Subject).toMatch(/^[\x20-\x7e]+$/);
    expect(Subject.length).toBeLessThanOrEqual(SUBJECT_CHARACTERS);
    expect(Buffer.byteLength(Message)).toBeLessThan(NOTICE_BYTES / 8);
  }
}

describe('the sweep', () => {
  test('thousands of open runs are answered in numbers, and told in a notice that fits', async () => {
    const world = aWalledWorld();
    for (let i = 0; i < 3000; i++) {
      const input = { runId: `${RUN.runId}-${i}`, job: JOB };
      await world.deps.open.add({ schema: 'open.v1', execution: `${RUN.runId}-${i}`, input, at: '2020-01-01T00:00:00.000Z' });
    }
    const answered = toHandler(
      SweepInput,
      (input) => sweep(input, world.deps),
      ({ looked, findings }) => ({ looked, findings: findings.length }),
    );

    expect(await answered({ id: 'e', detail: { jobQueue: 'q', statusReason: 's'.repeat(200_000) } })).toEqual({
      looked: 3000,
      findings: 3000,
    });

    expect(sns.commandCalls(PublishCommand)).toHaveLength(2);
    expectAnnounced();
  });

  test('a run is closed by an execution whose input fits, whatever is said of it', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, async (why) => {
        const { deps, started } = aWalledWorld();

        await closeRun({ ...RUN }, why, deps);

        expect([...started.values()].every((input) => jsonBytes(input) < STATE_BYTES / 4)).toBe(true);
      }),
    );
  });
});

describe('Batch', () => {
  const engine = () => createBatchEngine({ spot: `arn:${'q'.repeat(300)}`, 'on-demand': 'od' });

  test('a submission with the longest names is within its walls, however many tasks it has', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 10_000 }), fc.nat({ max: 9999 }), async (tasks, array) => {
        batch.resetHistory();
        const world = aWalledWorld();
        await aPlannedRun(world, someChunks(tasks), array + 1);
        const round = { firstTask: 0, tasks: 1, capacity: 'spot', profile: { vcpu: 16, memoryMiB: 122_880 } } as const;
        const fence: Fence = {
          schema: 'fence.v1',
          ...REF,
          round: 199,
          array: { array, ...round, tasks },
          jobName: `${RUN.runId}-r199-a${array}`,
          jobDefinition: `arn:aws:batch:us-gov-west-1:000000000000:job-definition/${'d'.repeat(128)}:999999`,
          lines: { start: 0, lengths: 'l'.repeat(300_000) },
        };
        await createJson(world.state, fenceKey(RUN.runId, 199, array), fence);
        await createJson(world.state, roundKey(RUN.runId, 199), {
          schema: 'round.v1',
          round: 199,
          arrays: [fence.array],
          chunks: 1,
          tasks,
        });
        const lines = encodeTasks(
          someChunks(tasks),
          Array.from({ length: tasks }, (_, i) => i),
        );
        await world.state.createOnce(chunksKey(RUN.runId, 199), lines.lines);
        await world.state.createOnce(tasksIndexKey(RUN.runId, 199), lines.index);
        const deps = { ...world.deps, batch: engine() };

        const { thrown } = await called([SubmitInput, submit], { deps }, { ...REF, round: 199, array, token: 't'.repeat(2048) });

        expect(thrown).toBeUndefined();
        const [input] = batch.commandCalls(SubmitJobCommand).map((call) => call.args[0].input);
        expect(jsonBytes(input)).toBeLessThan(SUBMISSION_BYTES);
        expect(JSON.stringify(input?.containerOverrides).length).toBeLessThan(OVERRIDES_CHARACTERS);
        expect(input?.jobName?.length).toBeLessThanOrEqual(JOB_NAME_CHARACTERS);
      }),
      { numRuns: 8 },
    );
  });

  test('the reason that jobs are ended for is as short as Batch allows', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, async (reason) => {
        batch.resetHistory();
        const world = aWalledWorld();
        const array = { array: 0, firstTask: 0, tasks: 1, capacity: 'spot', profile: { vcpu: 1, memoryMiB: 2048 } } as const;
        const fence: Fence = { schema: 'fence.v1', ...REF, round: 0, array, jobName: 'n', jobDefinition: 'd' };
        await createJson(world.state, fenceKey(RUN.runId, 0, 0), fence);
        await createJson(world.state, jobIdKey(RUN.runId, 0, 0), { schema: 'job.v1', jobId: 'j', jobName: 'n' });

        await endJobs(REF, reason, { state: world.state, batch: engine() });

        const [call] = batch.commandCalls(TerminateJobCommand);
        expect(call?.args[0].input.reason).toMatch(/./s);
        expect(call?.args[0].input.reason?.length).toBeLessThanOrEqual(REASON_CHARACTERS);
      }),
    );
  });
});
