import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessDeniedError, NotEmulatedError } from '../../../local/kernel/errors';
import { deploy, eventually } from '../../support/messaging-kernel';
import { aBench, type Bench, ROLE } from './helpers';

let bench: Bench;
let folder: string;

beforeEach(async () => {
  bench = await aBench();
  folder = mkdtempSync(join(tmpdir(), 'batchwright-seen-'));
});

afterEach(async () => {
  await bench.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes every event it gets into a file of its own, which appears whole, then does what the test wants. */
const recording = (then: string): string => `
  const fs = require('node:fs');
  exports.handler = async (event) => {
    const n = fs.readdirSync(process.env.SEEN).length;
    const file = process.env.SEEN + '/' + String(n).padStart(3, '0') + '-' + event.Records[0].messageId;
    fs.writeFileSync(process.env.SEEN + '.new', JSON.stringify(event));
    fs.renameSync(process.env.SEEN + '.new', file);
    ${then}
  };`;

const seen = () =>
  readdirSync(folder)
    .toSorted()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
const bodies = (): string[][] => seen().map((event) => event.Records.map(({ body }: { body: string }) => body));

async function aMappedQueue(then: string, { mapping = {}, queue = {}, reserved = 1 } = {}) {
  const { attributes } = await deploy(bench.sqs, 'AWS::SQS::Queue', {
    logicalId: 'Events',
    properties: { VisibilityTimeout: 1, ...queue },
  });
  const step = await bench.aFunction(recording(then), {
    properties: { Environment: { Variables: { SEEN: folder } }, ReservedConcurrentExecutions: reserved },
  });
  await deploy(bench.lambda, 'AWS::Lambda::EventSourceMapping', {
    properties: { EventSourceArn: attributes.Arn, FunctionName: step.ref, ...mapping },
  });
  return attributes.Arn ?? '';
}

const empty = (arn: string) => eventually('an empty queue', () => bench.sqs.receive(arn, 1, 0).length === 0 && !pending(arn));
const pending = (arn: string): boolean => {
  const journal = join(bench.kernel.stateDir, 'sqs', `${arn.split(':').at(-1)}.jsonl`);
  const entries = existsSync(journal)
    ? readFileSync(journal, 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];
  return entries.filter(({ op }) => op === 'put').length > entries.filter(({ op }) => op === 'remove').length;
};

describe('a mapping', () => {
  test('hands messages over in the shape of the real event and removes them', async () => {
    const arn = await aMappedQueue('');
    await bench.lambda.start();

    bench.sqs.sendWithAttributes(arn, '{"job":"flights"}', { kind: { DataType: 'String', StringValue: 'test' } });
    await eventually('an event', () => seen().length === 1);

    expect(seen()[0].Records).toEqual([
      {
        messageId: expect.any(String),
        receiptHandle: expect.any(String),
        body: '{"job":"flights"}',
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: expect.stringMatching(/^\d{13}$/),
          SenderId: 'local',
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
        },
        messageAttributes: { kind: { dataType: 'String', stringValue: 'test', stringListValues: [], binaryListValues: [] } },
        md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
        eventSource: 'aws:sqs',
        eventSourceARN: arn,
        awsRegion: 'us-east-1',
      },
    ]);
    await empty(arn);
  });

  test('takes up what was waiting before it started, in batches of its size', async () => {
    const arn = await aMappedQueue('', { mapping: { BatchSize: 2 } });
    for (const body of ['a', 'b', 'c', 'd', 'e']) bench.sqs.send(arn, body);

    await bench.lambda.start();
    await eventually('three events', () => bodies().flat().length === 5);

    expect(bodies().every((batch) => batch.length <= 2)).toBe(true);
    await empty(arn);
  });

  test('gathers for its window up to its batch size', async () => {
    const arn = await aMappedQueue('', { mapping: { BatchSize: 50, MaximumBatchingWindowInSeconds: 1 }, queue: { VisibilityTimeout: 30 } });
    await bench.lambda.start();

    for (let i = 0; i < 25; i++) {
      bench.sqs.send(arn, `m${i}`);
      await new Promise((done) => setTimeout(done, 5));
    }
    await eventually('an event', () => seen().length > 0);

    expect(bodies()).toEqual([Array.from({ length: 25 }, (_, i) => `m${i}`)]);
  });

  test('does nothing when disabled', async () => {
    const arn = await aMappedQueue('', { mapping: { Enabled: false } });
    await bench.lambda.start();

    bench.sqs.send(arn, 'm');
    await new Promise((done) => setTimeout(done, 100));

    expect(seen()).toEqual([]);
  });
});

describe('a failed batch', () => {
  test('comes again after the visibility timeout', async () => {
    const arn = await aMappedQueue('if (n === 0) throw new Error("not yet");');
    await bench.lambda.start();

    bench.sqs.send(arn, 'm');
    await eventually('the second delivery', () => seen().length === 2);

    expect(seen().map((event) => event.Records[0].attributes.ApproximateReceiveCount)).toEqual(['1', '2']);
    expect(bench.kernel.lines).toEqual([expect.stringContaining('Error: not yet')]);
    await empty(arn);
  });

  test('ends among the dead letters', async () => {
    const dead = await deploy(bench.sqs, 'AWS::SQS::Queue', { logicalId: 'Dead' });
    const arn = await aMappedQueue('throw new Error("never");', {
      queue: { RedrivePolicy: { deadLetterTargetArn: dead.attributes.Arn, maxReceiveCount: 2 } },
    });
    await bench.lambda.start();

    bench.sqs.send(arn, 'poison');
    const [letter] = await eventually('a dead letter', () => {
      const letters = bench.sqs.receive(dead.attributes.Arn ?? '', 1, 30);
      return letters.length > 0 ? letters : undefined;
    });

    expect(letter?.body).toBe('poison');
    expect(seen()).toHaveLength(2);
  });

  const partial = (ids: string): string => `return { batchItemFailures: ${ids} };`;
  const first = 'n === 0 ? [{ itemIdentifier: event.Records[1].messageId }] : []';

  test.each([
    ['the failed messages only, when the function says which', first, ['b']],
    ['everything, when it names a message that it did not get', 'n === 0 ? [{ itemIdentifier: "other" }] : []', ['a', 'b', 'c']],
    ['everything, when its answer makes no sense', 'n === 0 ? [{ itemIdentifier: "" }] : []', ['a', 'b', 'c']],
  ])('brings back %s', async (_, answer, again) => {
    const arn = await aMappedQueue(partial(answer), { mapping: { FunctionResponseTypes: ['ReportBatchItemFailures'] } });
    for (const body of ['a', 'b', 'c']) bench.sqs.send(arn, body);

    await bench.lambda.start();
    await eventually('the second delivery', () => bodies().flat().length === 3 + again.length);

    expect(bodies().slice(1).flat().toSorted()).toEqual(again);
    await empty(arn);
  });

  test('a throttled one waits without being counted as received again', async () => {
    const arn = await aMappedQueue('await new Promise((r) => setTimeout(r, 300));', {
      mapping: { BatchSize: 1 },
      queue: { VisibilityTimeout: 30 },
    });
    for (const body of ['a', 'b', 'c']) bench.sqs.send(arn, body);

    await bench.lambda.start();
    await eventually('three events', () => seen().length === 3);

    expect(seen().map((event) => event.Records[0].attributes.ApproximateReceiveCount)).toEqual(['1', '1', '1']);
  });
});

describe('refusals', () => {
  test.each(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'])('polling needs %s', async (action) => {
    await aMappedQueue('');
    bench.kernel.deny(action);

    await expect(bench.lambda.start()).rejects.toThrow(AccessDeniedError);
    await expect(bench.lambda.start()).rejects.toThrow(`${ROLE} is not authorized to perform ${action}`);
  });

  test('other event sources and filters are refused by name', async () => {
    await expect(aMappedQueue('', { mapping: { EventSourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/s' } })).rejects.toThrow(
      NotEmulatedError,
    );
    await expect(aMappedQueue('', { mapping: { FilterCriteria: {} } })).rejects.toThrow('property FilterCriteria');
  });
});

test('versions, aliases and layers have their names', async () => {
  const step = await bench.aFunction('exports.handler = async () => 1;');
  const version = await deploy(bench.lambda, 'AWS::Lambda::Version', { properties: { FunctionName: step.ref } });
  const alias = await deploy(bench.lambda, 'AWS::Lambda::Alias', { properties: { FunctionName: step.attributes.Arn, Name: 'live' } });
  const layer = await deploy(bench.lambda, 'AWS::Lambda::LayerVersion', {});

  expect(version.ref).toBe(`${step.attributes.Arn}:1`);
  expect(alias.ref).toBe(`${step.attributes.Arn}:live`);
  expect(layer.ref).toBe('arn:aws:lambda:us-east-1:000000000000:layer:Test-LayerVersion:1');
  expect(await bench.lambda.invoke(alias.ref, {}, { kind: 'role', arn: ROLE })).toEqual({ payload: 1 });
});
