import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { accessKeyOf, adminEnvironment, roleEnvironment } from '../../../local/gateway/credentials';
import { Gateway, type GatewayOptions } from '../../../local/gateway/gateway';
import { ApiError } from '../../../local/kernel/errors';
import { readBody } from '../../../local/kernel/http';
import type { Service } from '../../../local/kernel/types';
import { removeTemporaryFolders, temporaryFolder } from '../../support/cloud-assembly';
import { ADMIN_ARN, anEcho, anOpenGateway, asAdmin, type OpenGateway, ROLE_ARN, signedBy } from '../../support/cloud-gateway';

const opened: (Gateway | Server)[] = [];

afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
  removeTemporaryFolders();
});

async function open(services: readonly Service[], options: Partial<GatewayOptions> = {}): Promise<OpenGateway> {
  const cloud = await anOpenGateway(services, options);
  opened.push(cloud.gateway);
  return cloud;
}

const clientOptions = (endpoint: string, accessKeyId = 'admin') => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId, secretAccessKey: 'x' },
  maxAttempts: 1,
});

test.each([
  ['admin', ADMIN_ARN],
  [accessKeyOf(ROLE_ARN), ROLE_ARN],
])('a request signed by %s is a call of %s', async (key, arn) => {
  const { endpoint } = await open([anEcho('s3'), anEcho('sqs')]);

  const answer = await fetch(`${endpoint}/x`, { headers: signedBy(key, 'sqs') });

  expect(await answer.text()).toBe(arn);
});

test('a presigned request carries its credential in the query', async () => {
  const { endpoint } = await open([anEcho('s3')]);
  const credential = encodeURIComponent('admin/20261123/us-east-1/s3/aws4_request');

  const answer = await fetch(`${endpoint}/bucket/key?X-Amz-Credential=${credential}`);

  expect(await answer.text()).toBe(ADMIN_ARN);
});

test('an unsigned request is told what to do', async () => {
  const { endpoint } = await open([anEcho('s3')]);

  const answer = await fetch(`${endpoint}/`);

  expect(answer.status).toBe(403);
  expect(await answer.json()).toMatchObject({
    __type: 'MissingAuthenticationToken',
    message: expect.stringContaining('docs/local-cloud.md'),
  });
});

test('a service that is not there is refused by name', async () => {
  const { endpoint } = await open([anEcho('s3')]);

  const answer = await fetch(`${endpoint}/`, { headers: asAdmin('dynamodb') });

  expect(answer.status).toBe(501);
  expect(await answer.json()).toMatchObject({ __type: 'NotEmulated', message: expect.stringMatching(/^service dynamodb is not emulated/) });
});

test.each<[string, string, (endpoint: string) => Promise<unknown>]>([
  [
    'S3',
    'InvalidAccessKeyId',
    (endpoint) => new S3Client(clientOptions(endpoint, 'who')).send(new GetObjectCommand({ Bucket: 'b', Key: 'k' })),
  ],
  ['SQS', 'InvalidClientTokenId', (endpoint) => new SQSClient(clientOptions(endpoint, 'who')).send(new ListQueuesCommand({}))],
  ['SNS', 'InvalidClientTokenId', (endpoint) => new SNSClient(clientOptions(endpoint, 'who')).send(new ListTopicsCommand({}))],
  [
    'CloudWatch',
    'InvalidClientTokenId',
    (endpoint) => new CloudWatchClient(clientOptions(endpoint, 'who')).send(new PutMetricDataCommand({ Namespace: 'n', MetricData: [] })),
  ],
])('the client of %s understands that its key is unknown', async (_, name, call) => {
  const { endpoint } = await open([anEcho('s3')]);

  await expect(call(endpoint)).rejects.toMatchObject({ name, message: expect.stringContaining('access key who belongs to no role') });
});

test('a HEAD request gets an error without a body', async () => {
  const { endpoint } = await open([]);

  const call = new S3Client(clientOptions(endpoint)).send(new HeadObjectCommand({ Bucket: 'b', Key: 'k' }));

  await expect(call).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 } });
});

test('a long body that nobody wants does not keep the client from reading the answer', async () => {
  const { endpoint } = await open([]);

  const call = new S3Client(clientOptions(endpoint)).send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: Buffer.alloc(20_000_000) }));

  await expect(call).rejects.toMatchObject({ name: 'NotEmulated' });
});

test('a long body arrives whole, over a connection that is kept', async () => {
  const echo = anEcho('s3', async ({ http }, response) => void response.end(String((await readBody(http)).length)));
  const { endpoint } = await open([echo]);
  const send = () => fetch(`${endpoint}/`, { method: 'PUT', headers: asAdmin('s3'), body: Buffer.alloc(5_000_000) });

  const answers = [await (await send()).text(), await (await send()).text()];

  expect(answers).toEqual(['5000000', '5000000']);
});

test('what a service throws is answered, and logged when nobody foresaw it', async () => {
  const foreseen = anEcho('s3', async () => {
    throw new ApiError('SlowDown', 'please <wait>', 503);
  });
  const unforeseen = anEcho('sqs', async () => {
    throw new TypeError('bug');
  });
  const { endpoint, lines } = await open([foreseen, unforeseen]);

  const first = await fetch(`${endpoint}/k`, { headers: asAdmin('s3') });
  const second = await fetch(`${endpoint}/q`, { headers: asAdmin('sqs') });

  expect([first.status, await first.text()]).toEqual([
    503,
    expect.stringContaining('<Code>SlowDown</Code><Message>please &lt;wait&gt;</Message>'),
  ]);
  expect([second.status, await second.json()]).toEqual([500, expect.objectContaining({ __type: 'InternalFailure' })]);
  expect(lines).toEqual([expect.stringContaining('sqs GET /q: TypeError: bug')]);
});

test('an answer that breaks off in the middle cuts the connection', async () => {
  const broken = anEcho('s3', async (_, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('some');
    throw new TypeError('bug');
  });
  const { endpoint } = await open([broken]);

  const read = fetch(`${endpoint}/`, { headers: asAdmin('s3') }).then((answer) => answer.text());

  await expect(read).rejects.toThrow();
});

test('an interceptor sees every request, and may answer in its service’s place or after it', async () => {
  const handled: string[] = [];
  const service = anEcho('s3', async ({ url }, response) => {
    handled.push(url.pathname);
    response.end('done');
  });
  const { endpoint } = await open([service], {
    intercept: async ({ service: name, request, response }, next) => {
      if (request.url.pathname === '/refused') throw new ApiError('SlowDown', `not now, ${name}`, 503);
      if (request.url.pathname === '/lost') response.end = () => response.destroy();
      await next();
    },
  });
  const get = (path: string) => fetch(`${endpoint}${path}`, { headers: asAdmin('s3') });

  expect(await (await get('/fine')).text()).toBe('done');
  expect((await get('/refused')).status).toBe(503);
  await expect(get('/lost')).rejects.toThrow();
  expect(handled).toEqual(['/fine', '/lost']);
});

test('requests wait for the cloud to be up, and wait again when it is going down', async () => {
  const { gateway, endpoint } = await Gateway.listen({ stateDir: temporaryFolder(), log: () => undefined });
  opened.push(gateway);
  const early = fetch(`${endpoint}/`, { headers: asAdmin('s3') });

  gateway.open({ services: [anEcho('s3')], callers: new Map([['admin', { kind: 'admin', arn: 'me' }]]) });
  expect(await (await early).text()).toBe('me');

  gateway.hold();
  const late = fetch(`${endpoint}/`, { headers: asAdmin('s3') });
  const first = await Promise.race([late.catch(() => 'cut'), new Promise((resolve) => setTimeout(resolve, 50, 'waiting'))]);
  expect(first).toBe('waiting');

  await gateway.close();
  await expect(late).rejects.toThrow();
});

test('the port of the last run is taken again, so that queue URLs stay valid', async () => {
  const stateDir = temporaryFolder();
  const first = await open([], { stateDir });
  await first.gateway.close();

  const second = await open([], { stateDir });

  expect(second.endpoint).toBe(first.endpoint);
});

test('when another process has the port of the last run, a new one is taken', async () => {
  const stateDir = temporaryFolder();
  const first = await open([], { stateDir });

  const second = await open([], { stateDir });

  expect(second.endpoint).not.toBe(first.endpoint);
});

test('a port that was asked for and is taken is an error', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => blocker.once('listening', resolve));
  opened.push(blocker);
  const { port } = blocker.address() as AddressInfo;

  await expect(open([], { port })).rejects.toThrow(`port ${port} is in use by another process`);
});

test('environments name the endpoint and the caller, and keep the user’s own AWS settings out', () => {
  const endpoint = 'http://127.0.0.1:1';

  expect(roleEnvironment(endpoint, ROLE_ARN)).toEqual({
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA[0-9A-F]{16}$/),
    AWS_SECRET_ACCESS_KEY: expect.any(String),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });
  expect(roleEnvironment(endpoint, ROLE_ARN)).toEqual(roleEnvironment(endpoint, ROLE_ARN));
  expect(adminEnvironment(endpoint).AWS_ACCESS_KEY_ID).toBe('admin');
});
