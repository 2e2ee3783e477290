import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import fc from 'fast-check';
import type { Datum } from '../../../local/cloudwatch/metric';
import { NotEmulatedError } from '../../../local/kernel/errors';
import { createLogs } from '../../../local/logs';
import { fileNameOf, nameOfFile } from '../../../local/logs/names';
import { filterOf } from '../../../local/logs/operations';
import { aKernel, deploy, type TestKernel } from '../../support/messaging-kernel';

const GROUP = '/aws/lambda/plan';
const STREAM = '2026/01/01/[$LATEST]abc';

let kernel: TestKernel;
let logs: ReturnType<typeof createLogs>;
let client: CloudWatchLogsClient;
let clock: number;
let recorded: Datum[];

beforeEach(async () => {
  clock = Date.parse('2026-01-01T00:00:00Z');
  recorded = [];
  kernel = await aKernel();
  logs = createLogs(kernel, { record: (data) => void recorded.push(...data) }, () => clock++);
  kernel.serve(logs);
  client = new CloudWatchLogsClient(kernel.client);
});

afterEach(async () => {
  client.destroy();
  await kernel.close();
});

test('a group has its name as reference and exists without a line', async () => {
  const group = await deploy(logs, 'AWS::Logs::LogGroup', { properties: { LogGroupName: '/batchwright/worker', RetentionInDays: 30 } });

  const { logGroups } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/batch' }));

  expect(group).toMatchObject({
    ref: '/batchwright/worker',
    attributes: { Arn: 'arn:aws:logs:us-east-1:000000000000:log-group:/batchwright/worker:*' },
  });
  expect(logGroups).toMatchObject([{ logGroupName: '/batchwright/worker', arn: group.attributes.Arn }]);
});

test('lines are readable in a file and through the API', async () => {
  for (const line of ['START', 'two\nlines', 'END']) logs.write(GROUP, STREAM, line);

  const { events } = await client.send(new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: STREAM, startFromHead: true }));
  const { logStreams } = await client.send(new DescribeLogStreamsCommand({ logGroupName: GROUP }));
  const file = readFileSync(join(kernel.stateDir, 'logs', '~aws~lambda~plan', '2026~01~01~[$LATEST]abc.log'), 'utf8');

  expect(events?.map(({ message }) => message)).toEqual(['START', 'two\nlines', 'END']);
  expect(events?.[1]?.timestamp).toBe(Date.parse('2026-01-01T00:00:00.001Z'));
  expect(logStreams).toMatchObject([
    { logStreamName: STREAM, firstEventTimestamp: events?.[0]?.timestamp, lastEventTimestamp: events?.[2]?.timestamp },
  ]);
  expect(file).toBe('2026-01-01T00:00:00.000Z START\n2026-01-01T00:00:00.001Z two\n lines\n2026-01-01T00:00:00.002Z END\n');
});

test('no text can pass for an event of its own, and a line cut short by a kill is left out', async () => {
  logs.write(GROUP, STREAM, 'x\n2020-01-01T00:00:00.000Z forged\r\n\n indented');
  appendFileSync(join(kernel.stateDir, 'logs', '~aws~lambda~plan', '2026~01~01~[$LATEST]abc.log'), '2026-01-01T00:00:09.000Z cut');

  const { events } = await client.send(new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: STREAM, startFromHead: true }));

  expect(events?.map(({ message }) => message)).toEqual(['x\n2020-01-01T00:00:00.000Z forged\n\n indented']);
});

test('events are found across streams, in time, by text and by stream, page by page', async () => {
  for (let i = 0; i < 4; i++) logs.write(GROUP, `s${i % 2}`, `chunk ${i} ${i < 2 ? 'failed' : 'done'}`);
  const find = async (wish: object) =>
    (await client.send(new FilterLogEventsCommand({ logGroupName: GROUP, ...wish }))).events?.map(({ message }) => message);

  expect(await find({})).toEqual(['chunk 0 failed', 'chunk 1 failed', 'chunk 2 done', 'chunk 3 done']);
  expect(await find({ filterPattern: '"chunk 1" failed' })).toEqual(['chunk 1 failed']);
  expect(await find({ logStreamNames: ['s1'] })).toEqual(['chunk 1 failed', 'chunk 3 done']);
  expect(await find({ logStreamNamePrefix: 's0' })).toEqual(['chunk 0 failed', 'chunk 2 done']);
  expect(await find({ startTime: Date.parse('2026-01-01T00:00:00.001Z'), endTime: Date.parse('2026-01-01T00:00:00.003Z') })).toHaveLength(
    2,
  );
  const first = await client.send(new FilterLogEventsCommand({ logGroupName: GROUP, limit: 3 }));
  expect(await find({ limit: 3, nextToken: first.nextToken })).toEqual(['chunk 3 done']);
});

test('a stream is read on forwards and backwards by its tokens', async () => {
  for (let i = 0; i < 5; i++) logs.write(GROUP, STREAM, `m${i}`);
  const get = (wish: object) => client.send(new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: STREAM, limit: 2, ...wish }));
  const texts = ({ events = [] }: Awaited<ReturnType<typeof get>>) => events.map(({ message }) => message);

  const tail = await get({});
  const before = await get({ nextToken: tail.nextBackwardToken });
  const head = await get({ startFromHead: true });
  const next = await get({ nextToken: head.nextForwardToken });

  expect([tail, before, head, next].map(texts)).toEqual([
    ['m3', 'm4'],
    ['m1', 'm2'],
    ['m0', 'm1'],
    ['m2', 'm3'],
  ]);
  await expect(get({ nextToken: 'x' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test('what does not exist, and what may not be read, is refused as by AWS', async () => {
  const get = () => client.send(new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: 'none' }));
  await expect(get()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  logs.write(GROUP, STREAM, 'x');
  await expect(get()).rejects.toMatchObject({ message: 'The specified log stream does not exist.' });
  kernel.deny('logs:GetLogEvents', `arn:aws:logs:us-east-1:000000000000:log-group:${GROUP}:*`);
  await expect(get()).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

describe('embedded metrics', () => {
  const record = (overrides: object = {}) => ({
    _aws: {
      Timestamp: 1_767_225_600_000,
      CloudWatchMetrics: [{ Namespace: 'Batchwright', Dimensions: [['job'], []], Metrics: [{ Name: 'RecordsRead', Unit: 'Count' }] }],
    },
    job: 'flights',
    RecordsRead: [3, 5],
    ...overrides,
  });

  test('are handed on, one datum for each set of dimensions', () => {
    logs.write(GROUP, STREAM, JSON.stringify(record()));

    const values = { count: 2, sum: 8, min: 3, max: 5 };
    const common = { namespace: 'Batchwright', name: 'RecordsRead', atMs: 1_767_225_600_000, unit: 'Count', values };
    expect(recorded).toEqual([
      { ...common, dimensions: { job: 'flights' } },
      { ...common, dimensions: {} },
    ]);
  });

  test.each([
    ['a plain line', 'hello'],
    ['a line that only mentions the key', 'the "_aws" key {'],
    ['a record without the value', JSON.stringify(record({ RecordsRead: undefined }))],
    ['a value that is no number', JSON.stringify(record({ RecordsRead: 'many' }))],
    ['a directive of another shape', JSON.stringify({ _aws: { CloudWatchMetrics: 1 } })],
  ])('are not seen in %s', (_, line) => {
    logs.write(GROUP, STREAM, line);

    expect(recorded).toEqual([]);
  });

  test('without one of its dimensions a set is left out', () => {
    logs.write(GROUP, STREAM, JSON.stringify(record({ job: undefined })));

    expect(recorded.map(({ dimensions }) => dimensions)).toEqual([{}]);
  });
});

describe('names', () => {
  test.each([
    ['/aws/lambda/plan', '~aws~lambda~plan'],
    ['2026/01/01/[$LATEST]abc', '2026~01~01~[$LATEST]abc'],
    ['..', '%2E.'],
    ['../../etc', '%2E.~..~etc'],
    ['~a%', '%7Ea%25'],
  ])('%s', (name, file) => {
    expect(fileNameOf(name)).toBe(file);
  });

  test('any name is one file name and can be read back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), (name) => {
        const file = fileNameOf(name);
        expect(nameOfFile(file)).toBe(name);
        expect(file).not.toMatch(/[/\\:*?"<>|\0]|^\./);
      }),
    );
  });

  test.each(['', 'x'.repeat(300)])('%p is refused', (name) => {
    expect(() => fileNameOf(name)).toThrow(expect.objectContaining({ code: 'InvalidParameterException' }));
  });
});

test.each(['{ $.level = "ERROR" }', '[ip, user]', '?ERROR ?WARN', 'a -b', '%regex%'])(
  'the filter pattern %s is refused by name',
  (pattern) => {
    expect(() => filterOf(pattern)).toThrow(NotEmulatedError);
  },
);
