import { createEventBridge } from '../../../local/eventbridge';
import { eventFaults } from '../../../local/faults/events';
import { Faults, readHits } from '../../../local/faults/faults';
import { FaultPlan, type FaultPlanInput } from '../../../local/faults/plan';
import type { EventBus, PlatformEvent, Service } from '../../../local/kernel/types';
import { createSqs } from '../../../local/sqs';
import { aKernel, deploy, eventually, type TestKernel } from '../../support/messaging-kernel';

let kernel: TestKernel;
let sqs: ReturnType<typeof createSqs>;
let bridge: Service & EventBus;
let queue: string;

beforeEach(async () => {
  kernel = await aKernel();
});

afterEach(() => kernel.close());

let copies = 0;

/** A bus with one rule for all events of S3 and Batch, whose deliveries meet these faults. */
async function withFaults(...rules: FaultPlanInput['rules']): Promise<void> {
  sqs = createSqs(kernel);
  const faults = eventFaults(new Faults(FaultPlan.parse({ seed: 1, rules }), kernel.stateDir), () => `copy-${++copies}`);
  const functions = { invoke: async () => ({ payload: null }) };
  bridge = createEventBridge(kernel, { queues: sqs, functions }, { faults });
  kernel.serve(sqs, bridge);
  queue = (await deploy(sqs, 'AWS::SQS::Queue', { logicalId: 'Drops' })).attributes.Arn ?? '';
  await deploy(bridge, 'AWS::Events::Rule', {
    properties: { EventPattern: { source: ['aws.s3', 'aws.batch'] }, Targets: [{ Id: 'Queue', Arn: queue, InputPath: '$.detail' }] },
  });
  await bridge.start();
}

const created = (n: number, source = 'aws.s3'): PlatformEvent => ({ source, detailType: 'Object Created', detail: { n } });

/** The numbers that have arrived, in their order, once there are as many as wanted. */
async function arrivals(count: number): Promise<number[]> {
  const seen: number[] = [];
  await eventually(`${count} events, got ${seen}`, () => {
    for (const { body } of sqs.receive(queue, 10, 30)) seen.push(JSON.parse(body).n);
    return seen.length >= count;
  });
  return seen;
}

test('a dropped event never comes', async () => {
  await withFaults({ kind: 'event-drop', service: 's3', nth: [2] });

  for (const n of [1, 2, 3]) bridge.publish(created(n));

  expect(await arrivals(2)).toEqual([1, 3]);
  expect(readHits(kernel.stateDir)).toMatchObject([
    { kind: 'event-drop', service: 's3', operation: 'Object Created', target: queue, n: 2 },
  ]);
});

test('a doubled event comes twice', async () => {
  await withFaults({ kind: 'event-double', nth: [1], ms: 10 });

  bridge.publish(created(1));

  expect(await arrivals(2)).toEqual([1, 1]);
});

test('a late event comes after those behind it', async () => {
  await withFaults({ kind: 'event-late', nth: [1], ms: 300 });

  for (const n of [1, 2, 3]) bridge.publish(created(n));

  expect(await arrivals(3)).toEqual([2, 3, 1]);
});

test('a reordered event comes after the next one', async () => {
  await withFaults({ kind: 'event-reorder', nth: [1], ms: 60_000 });

  for (const n of [1, 2]) bridge.publish(created(n));

  expect(await arrivals(2)).toEqual([2, 1]);
});

test('a reordered event comes by itself when none follows', async () => {
  await withFaults({ kind: 'event-reorder', nth: [1], ms: 100 });

  bridge.publish(created(1));

  expect(await arrivals(1)).toEqual([1]);
});

test('rules tell events apart by their source', async () => {
  await withFaults({ kind: 'event-drop', service: 'batch', every: 1 });

  bridge.publish(created(1, 'aws.batch'));
  bridge.publish(created(2));

  expect(await arrivals(1)).toEqual([2]);
});

test('a late event survives the death of the cloud', async () => {
  await withFaults({ kind: 'event-late', nth: [1], ms: 60_000 });
  bridge.publish(created(1));
  await bridge.stop();
  await sqs.stop();

  await withFaults();

  expect(await arrivals(1)).toEqual([1]);
});
