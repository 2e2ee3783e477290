import { BatchClient, ListJobsCommand } from '@aws-sdk/client-batch';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { createObjectStore } from '../../../adapters/aws/object-store';
import { Faults, readHits } from '../../../local/faults/faults';
import { Moments } from '../../../local/faults/moments';
import { FaultPlan, type FaultPlanInput } from '../../../local/faults/plan';
import { wireFaults } from '../../../local/faults/wire';
import { Gateway } from '../../../local/gateway/gateway';
import { Keyring } from '../../../local/gateway/keyring';
import { serveJson } from '../../../local/kernel/http';
import type { Kernel, Service } from '../../../local/kernel/types';
import { createS3, type S3Service } from '../../../local/s3/service';
import { removeTemporaryFolders, temporaryFolder } from '../../support/cloud-assembly';
import { credentialsOf } from '../../support/signed-fetch';
import { createBucket, VERSIONED } from '../s3/support';

interface FaultyCloud {
  readonly s3: S3Service;
  readonly config: ReturnType<typeof clientConfig>;
  readonly stateDir: string;
  readonly moments: Moments;
  readonly jobsListed: () => number;
  /** A client that tries once. */
  client(options?: S3ClientConfig): S3Client;
  close(): Promise<void>;
}

let cloud: FaultyCloud;

afterEach(async () => {
  await cloud.close();
  removeTemporaryFolders();
});

const clientConfig = (endpoint: string, keyring: Keyring) => ({
  endpoint,
  region: 'us-east-1',
  credentials: credentialsOf(keyring.operatorEnvironment(endpoint)),
  maxAttempts: 1,
});

/** A Batch that counts how often it was asked. */
function aCounter(): Service & { asked: number } {
  const counter = {
    asked: 0,
    signingName: 'batch',
    providers: [],
    handle: async (...[request, response]: Parameters<Service['handle']>) =>
      serveJson(
        {
          listjobs: () => {
            counter.asked += 1;
            return { jobSummaryList: [] };
          },
        },
        'listjobs',
        request,
        response,
      ),
    start: async () => undefined,
    stop: async () => undefined,
  };
  return counter;
}

/** A real S3 with one bucket behind the real gateway, and these faults between. */
async function withFaults(...rules: FaultPlanInput['rules']): Promise<FaultyCloud> {
  const stateDir = temporaryFolder();
  const kernel: Kernel = {
    stateDir,
    endpoint: '',
    authorize: () => undefined,
    environmentFor: () => ({}),
    log: () => undefined,
  };
  const s3 = createS3(kernel, { publish: () => undefined });
  await createBucket(s3, 'bucket', VERSIONED);
  await s3.start();
  const keyring = new Keyring(stateDir);
  const moments = new Moments();
  const intercept = wireFaults(new Faults(FaultPlan.parse({ seed: 1, rules }), stateDir), moments);
  const { gateway, endpoint } = await Gateway.listen({ stateDir, keyring, intercept, log: () => undefined });
  const counter = aCounter();
  gateway.open({ services: [s3, counter] });
  const config = clientConfig(endpoint, keyring);
  const clients: S3Client[] = [];
  cloud = {
    s3,
    config,
    stateDir,
    moments,
    jobsListed: () => counter.asked,
    client: (options) => {
      const client = new S3Client({ ...config, ...options });
      clients.push(client);
      return client;
    },
    close: async () => {
      for (const client of clients) client.destroy();
      await gateway.close();
      await s3.stop();
    },
  };
  return cloud;
}

const object = { Bucket: 'bucket', Key: 'key' };
const put = (body = 'x'.repeat(1000)) => new PutObjectCommand({ ...object, Body: body });
const get = () => new GetObjectCommand(object);
const nameOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'success',
    (thrown: Error) => thrown.name,
  );
const textOf = async (client: S3Client): Promise<string | undefined> => (await client.send(get())).Body?.transformToString();
const exists = (client: S3Client): Promise<boolean> =>
  client.send(new HeadObjectCommand(object)).then(
    () => true,
    () => false,
  );

describe('an error', () => {
  test.each([
    ['SlowDown', 503],
    ['InternalError', 500],
    ['ConditionalRequestConflict', 409],
  ] as const)('%s is answered in S3’s own words, and nothing has happened', async (code, status) => {
    const client = (await withFaults({ kind: 'error', code, operation: 'PutObject', nth: [1] })).client();

    const failure = await client.send(put()).catch((thrown: Error) => thrown);

    expect(failure).toMatchObject({ name: code, $metadata: { httpStatusCode: status } });
    expect(await exists(client)).toBe(false);
  });

  test('after the effect leaves the object there', async () => {
    const client = (await withFaults({ kind: 'error', code: 'InternalError', operation: 'PutObject', nth: [1], when: 'after' })).client();

    expect(await nameOf(client.send(put()))).toBe('InternalError');

    expect(await exists(client)).toBe(true);
  });

  test('is answered in JSON by services that speak it, and tried again by the SDK', async () => {
    const { config, jobsListed } = await withFaults({ kind: 'error', code: 'TooManyRequestsException', service: 'batch', nth: [1] });
    const batch = new BatchClient({ ...config, maxAttempts: 2 });

    await batch.send(new ListJobsCommand({ jobQueue: 'q' }));

    expect(jobsListed()).toBe(1);
    batch.destroy();
  });
});

describe('a connection that is reset', () => {
  test('before the effect changes nothing', async () => {
    const client = (await withFaults({ kind: 'reset', operation: 'PutObject', nth: [1] })).client();

    expect(await nameOf(client.send(put()))).toBe('Error');

    expect(await exists(client)).toBe(false);
  });

  test('after the effect loses the answer only: a client that tries again is refused by its own write', async () => {
    const { client } = await withFaults({ kind: 'reset', operation: 'PutObject', nth: [1], when: 'after' });
    const patient = client({ maxAttempts: 3 });

    const again = patient.send(new PutObjectCommand({ ...object, Body: 'mine', IfNoneMatch: '*' }));

    expect(await nameOf(again)).toBe('PreconditionFailed');
    expect(await textOf(patient)).toBe('mine');
  });
});

test('a request that hangs is given up by a client with a limit', async () => {
  const { client } = await withFaults({ kind: 'hang', operation: 'PutObject', nth: [1], ms: 600_000 });
  const impatient = client({ requestHandler: { requestTimeout: 200, throwOnRequestTimeout: true } });

  expect(await nameOf(impatient.send(put()))).toBe('TimeoutError');
});

test('a request that hangs ends after its time', async () => {
  const client = (await withFaults({ kind: 'hang', operation: 'PutObject', nth: [1], ms: 50, when: 'after' })).client();

  expect(await nameOf(client.send(put()))).not.toBe('success');
  expect(await exists(client)).toBe(true);
});

test('a slow request succeeds', async () => {
  const client = (await withFaults({ kind: 'slow', every: 1, ms: 20 })).client();

  await client.send(put('slowly'));

  expect(await textOf(client)).toBe('slowly');
});

test('a body cut short is noticed by the client', async () => {
  const client = (await withFaults({ kind: 'truncate', operation: 'GetObject', nth: [1] })).client();
  await client.send(put('y'.repeat(100_000)));

  expect(await nameOf(textOf(client))).toBe('Error');
  expect(await textOf(client)).toHaveLength(100_000);
});

describe('a flipped bit', () => {
  const body = 'z'.repeat(1000);

  test('of an answer with its checksum is noticed by the client', async () => {
    const client = (await withFaults({ kind: 'flip', body: 'response', operation: 'GetObject', nth: [1] })).client();
    await client.send(put(body));

    await expect(textOf(client)).rejects.toThrow(/[Cc]hecksum/);
  });

  test('of an answer without one is not', async () => {
    const client = (await withFaults({ kind: 'flip', body: 'response', checksums: 'strip', operation: 'GetObject', nth: [1] })).client();
    await client.send(put(body));

    const read = await textOf(client);

    expect(read).toHaveLength(body.length);
    expect(read).not.toBe(body);
  });

  test('of an upload with its checksum is refused by S3', async () => {
    const client = (await withFaults({ kind: 'flip', body: 'request', operation: 'PutObject', nth: [1] })).client();

    expect(await nameOf(client.send(put(body)))).toMatch(/BadDigest|XAmzContentSHA256Mismatch|InvalidRequest/);
    expect(await exists(client)).toBe(false);
  });

  test('of an upload without one is stored', async () => {
    const client = (await withFaults({ kind: 'flip', body: 'request', checksums: 'strip', operation: 'PutObject', nth: [1] })).client();

    await client.send(put(body));

    const read = await textOf(client);
    expect(read).toHaveLength(body.length);
    expect(read).not.toBe(body);
  });
});

test('a program with a trap dies at its nth call, before or after the effect', async () => {
  const { client, moments } = await withFaults();
  const deaths: string[] = [];
  const sender = client({ userAgentAppId: 'thread1' });
  moments.arm('thread1', { call: 2, during: 'Put*', when: 'after', cuts: true, act: () => void deaths.push('thread1') });

  await sender.send(put('first'));
  await textOf(sender);
  const last = await nameOf(sender.send(put('second')));

  expect([last, deaths]).toEqual(['Error', ['thread1']]);
  expect(await textOf(sender)).toBe('second');
});

test('hits are written down with service, operation and path', async () => {
  const { client, stateDir } = await withFaults({ kind: 'slow', operation: 'GetObject', every: 1, ms: 0 });
  const s3 = client();

  await s3.send(put());
  await textOf(s3);

  expect(readHits(stateDir)).toMatchObject([{ kind: 'slow', service: 's3', operation: 'GetObject', target: '/bucket/key', n: 1 }]);
});

test('our own store gets through all of them', async () => {
  const { client } = await withFaults(
    { kind: 'reset', operation: 'PutObject', nth: [1], when: 'after' },
    { kind: 'error', code: 'ConditionalRequestConflict', operation: 'PutObject', nth: [3, 4] },
    { kind: 'truncate', operation: 'GetObject', nth: [1] },
    { kind: 'flip', body: 'response', operation: 'GetObject', nth: [2] },
    { kind: 'error', code: 'SlowDown', operation: '*Object', every: 5 },
  );
  const store = createObjectStore('bucket', client({ maxAttempts: 4 }));

  const created = [await store.createOnce('a', 'first'), await store.createOnce('a', 'second'), await store.createOnce('b', 'third')];

  expect(created).toEqual([true, false, true]);
  expect((await store.read('a')).toString()).toBe('first');
  expect((await store.read('b')).toString()).toBe('third');
});
