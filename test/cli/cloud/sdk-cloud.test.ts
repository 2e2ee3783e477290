import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, ExecutionDoesNotExist, GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { SdkCloud } from '../../../cli/cloud/sdk-cloud';
import { RunRequest } from '../../../core/contracts';
import { runIdOf } from '../../../core/run-id';
import { aReport } from '../support';

const s3 = mockClient(S3Client);
const sfn = mockClient(SFNClient);
const events = mockClient(EventBridgeClient);
let stopped = 0;

const aCloud = () =>
  new SdkCloud({
    endpoint: 'http://127.0.0.1:1',
    environment: { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'x' },
    buckets: { input: 'in', output: 'out', state: 'state' },
    stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:m',
    queues: { spot: 'arn:spot', 'on-demand': 'arn:on-demand' },
    unusedPermissions: () => [],
    stop: async () => {
      stopped += 1;
    },
  });

const body = (value: unknown) => ({ Body: { transformToString: async () => JSON.stringify(value) } as never });
const missing = new NoSuchKey({ message: 'none', $metadata: {} });

const aMarker = (read: number, chunk = '0000000') => ({
  schema: 'marker.v1',
  runId: 'r',
  chunk,
  writer: 'w',
  attempt: { round: 0, array: 0, task: 0, jobId: 'j', attempt: 1 },
  read: [],
  counts: { read, written: read, filtered: 0, quarantined: 0 },
  bytes: { read: 1, written: 1 },
  parts: [],
  seconds: { fetch: 0, process: 0, upload: 0, total: 0 },
  peakRssBytes: 1,
  finishedAt: '2026-11-23T10:00:00.000Z',
});

beforeEach(() => {
  for (const mock of [s3, sfn, events]) mock.reset();
  s3.on(GetObjectCommand).rejects(missing).on(ListObjectsV2Command).resolves({});
});

describe('a look at a run', () => {
  test('that does not exist finds nothing', async () => {
    sfn.on(DescribeExecutionCommand).rejects(new ExecutionDoesNotExist({ message: 'none', $metadata: {} }));

    expect(await aCloud().look('r')).toBeUndefined();
  });

  test('that runs tells its newest state', async () => {
    sfn.on(DescribeExecutionCommand).resolves({ status: 'RUNNING' });
    const entered = (name: string) => ({
      timestamp: new Date(0),
      type: 'TaskStateEntered' as const,
      id: 1,
      stateEnteredEventDetails: { name },
    });
    const other = { timestamp: new Date(0), type: 'TaskScheduled' as const, id: 2 };
    sfn.on(GetExecutionHistoryCommand, { reverseOrder: true }).resolves({ events: [other, entered('Submit'), entered('Round')] });

    expect(await aCloud().look('r')).toMatchObject({ status: 'RUNNING', state: 'Submit', committed: 0 });
    expect(sfn.commandCalls(DescribeExecutionCommand)[0]?.args[0].input.executionArn).toBe(
      'arn:aws:states:us-east-1:000000000000:execution:m:r',
    );
  });

  test('adds up markers, and reads each of them once', async () => {
    sfn.on(DescribeExecutionCommand).resolves({ status: 'SUCCEEDED' });
    s3.on(ListObjectsV2Command)
      .resolvesOnce({ Contents: [{ Key: 'a' }] })
      .resolves({ Contents: [{ Key: 'a' }, { Key: 'b' }] });
    s3.on(GetObjectCommand, { Key: 'a' }).resolves(body(aMarker(10)));
    s3.on(GetObjectCommand, { Key: 'b' }).resolves(body(aMarker(5, '0000001')));
    const cloud = aCloud();

    const looks = [await cloud.look('r'), await cloud.look('r'), await cloud.look('r')];

    expect(looks.map((look) => [look?.committed, look?.records.read])).toEqual([
      [1, 10],
      [2, 15],
      [2, 15],
    ]);
    expect(s3.commandCalls(GetObjectCommand).filter(({ args }) => args[0].input.Key === 'a')).toHaveLength(1);
  });
});

test('a chunk that was read again counts once, as it was read last', async () => {
  sfn.on(DescribeExecutionCommand).resolves({ status: 'SUCCEEDED' });
  s3.on(ListObjectsV2Command).resolves({ Contents: [{ Key: 'again' }, { Key: 'first' }] });
  s3.on(GetObjectCommand, { Key: 'first' }).resolves(body(aMarker(10)));
  s3.on(GetObjectCommand, { Key: 'again' }).resolves(body(aMarker(7, '0000000.r1')));

  expect(await aCloud().look('r')).toMatchObject({ committed: 1, records: { read: 7 } });
});

test('a report is parsed, and absent until it is written', async () => {
  expect(await aCloud().report('r')).toBeUndefined();

  s3.on(GetObjectCommand, { Bucket: 'state', Key: 'runs/r/report.json' }).resolves(body(aReport()));

  expect(await aCloud().report('r')).toEqual(aReport());
});

test('an object is found in its newest version, or not at all', async () => {
  s3.on(HeadObjectCommand).rejects(new NotFound({ message: 'none', $metadata: {} }));
  s3.on(HeadObjectCommand, { Bucket: 'b', Key: 'k' }).resolves({ VersionId: 'v' });

  expect(await aCloud().find({ bucket: 'b', key: 'k' })).toEqual({ bucket: 'b', key: 'k', versionId: 'v' });
  expect(await aCloud().find({ bucket: 'b', key: 'other' })).toBeUndefined();
});

describe('a request', () => {
  const objects = [{ bucket: 'in', key: 'k', versionId: 'v' }];

  const detailOf = () => JSON.parse(events.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries?.[0]?.Detail ?? '');

  test('for objects is written down once, and the event that the rules wait for names it', async () => {
    events.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
    s3.on(PutObjectCommand).resolves({});
    const many = Array.from({ length: 3000 }, (_, i) => ({ bucket: 'in', key: `${'k'.repeat(900)}${i}`, versionId: 'v' }));

    await aCloud().request({ job: 'orders', objects: many, nonce: 'n' });

    const request = runIdOf('orders', many, 'n');
    const written = s3.commandCalls(PutObjectCommand)[0]?.args[0].input;
    expect(written).toMatchObject({ Bucket: 'state', Key: `requests/orders/${request}.json`, IfNoneMatch: '*' });
    expect(RunRequest.parse(JSON.parse(String(written?.Body)))).toMatchObject({ job: 'orders', objects: many, nonce: 'n' });
    expect(events.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries).toMatchObject([
      { Source: 'batchwright', DetailType: 'Run Requested' },
    ]);
    expect(detailOf()).toEqual({ job: 'orders', request });
  });

  test('for a source says all in the event', async () => {
    events.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
    const asked = { job: 'orders', source: { kind: 'prefix', bucket: 'in', prefix: 'x/' } as const, fingerprint: 'f' };

    await aCloud().request(asked);

    expect(detailOf()).toEqual(asked);
  });

  test('that is not taken is an error', async () => {
    s3.on(PutObjectCommand).resolves({});
    events.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorMessage: 'too large' }] });

    await expect(aCloud().request({ job: 'orders', objects })).rejects.toThrow('the request was not taken: too large');
  });
});

test('stopping stops what it was made of', async () => {
  await aCloud().stop();

  expect(stopped).toBe(1);
});
