import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Gateway, type GatewayOptions } from '../../../local/gateway/gateway';
import { Keyring } from '../../../local/gateway/keyring';
import { ApiError } from '../../../local/kernel/errors';
import { readBody } from '../../../local/kernel/http';
import type { Service } from '../../../local/kernel/types';
import { removeTemporaryFolders, temporaryFolder } from '../../support/cloud-assembly';
import { ADMIN_ARN, anEcho, anOpenGateway, type OpenGateway, ROLE_ARN } from '../../support/cloud-gateway';
import { credentialsOf, signedFetch } from '../../support/signed-fetch';

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

const clientOptions = (endpoint: string, credentials = { accessKeyId: 'who', secretAccessKey: 'x' }) => ({
  endpoint,
  region: 'us-east-1',
  credentials,
  maxAttempts: 1,
});

test.each<['operator' | 'role', string]>([
  ['operator', ADMIN_ARN],
  ['role', ROLE_ARN],
])('a request signed by the %s is a call of %s', async (who, arn) => {
  const gateway = await open([anEcho('s3'), anEcho('sqs')]);

  const answer = await signedFetch({ url: `${gateway.endpoint}/x` }, { environment: gateway[who], service: 'sqs' });

  expect(await answer.text()).toBe(arn);
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
  const { send } = await open([anEcho('s3')]);

  const answer = await send('dynamodb', '/');

  expect(answer.status).toBe(501);
  expect(await answer.json()).toMatchObject({ __type: 'NotEmulated', message: expect.stringMatching(/^service dynamodb is not emulated/) });
});

test.each<[string, string, (endpoint: string) => Promise<unknown>]>([
  ['S3', 'InvalidAccessKeyId', (endpoint) => new S3Client(clientOptions(endpoint)).send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))],
  ['SQS', 'InvalidClientTokenId', (endpoint) => new SQSClient(clientOptions(endpoint)).send(new ListQueuesCommand({}))],
  ['SNS', 'InvalidClientTokenId', (endpoint) => new SNSClient(clientOptions(endpoint)).send(new ListTopicsCommand({}))],
  [
    'CloudWatch',
    'InvalidClientTokenId',
    (endpoint) => new CloudWatchClient(clientOptions(endpoint)).send(new PutMetricDataCommand({ Namespace: 'n', MetricData: [] })),
  ],
])('the client of %s understands that its key is unknown', async (_, name, call) => {
  const { endpoint } = await open([anEcho('s3')]);

  await expect(call(endpoint)).rejects.toMatchObject({
    name,
    message: expect.stringContaining("access key who is none of this local cloud's"),
  });
});

test('a HEAD request gets an error without a body', async () => {
  const { endpoint, operator } = await open([]);

  const call = new S3Client(clientOptions(endpoint, credentialsOf(operator))).send(new HeadObjectCommand({ Bucket: 'b', Key: 'k' }));

  await expect(call).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 } });
});

test('a long body that nobody wants does not keep the client from reading the answer', async () => {
  const { endpoint, operator } = await open([]);

  const call = new S3Client(clientOptions(endpoint, credentialsOf(operator))).send(
    new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: Buffer.alloc(20_000_000) }),
  );

  await expect(call).rejects.toMatchObject({ name: 'NotEmulated' });
});

test('a long body arrives whole, over a connection that is kept', async () => {
  const echo = anEcho('s3', async ({ http }, response) => void response.end(String((await readBody(http)).length)));
  const gateway = await open([echo]);
  const send = () => gateway.send('s3', '/', { method: 'PUT', body: Buffer.alloc(5_000_000) });

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
  const { send, lines } = await open([foreseen, unforeseen]);

  const first = await send('s3', '/k');
  const second = await send('sqs', '/q');

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
  const { send } = await open([broken]);

  const read = send('s3', '/').then((answer) => answer.text());

  await expect(read).rejects.toThrow();
});

test('an interceptor sees every request, and may answer in its service’s place or after it', async () => {
  const handled: string[] = [];
  const service = anEcho('s3', async ({ url }, response) => {
    handled.push(url.pathname);
    response.end('done');
  });
  const { send } = await open([service], {
    intercept: async ({ service: name, request, response }, next) => {
      if (request.url.pathname === '/refused') throw new ApiError('SlowDown', `not now, ${name}`, 503);
      if (request.url.pathname === '/lost') response.end = () => response.destroy();
      await next();
    },
  });
  const get = (path: string) => send('s3', path);

  expect(await (await get('/fine')).text()).toBe('done');
  expect((await get('/refused')).status).toBe(503);
  await expect(get('/lost')).rejects.toThrow();
  expect(handled).toEqual(['/fine', '/lost']);
});

test('requests wait for the cloud to be up, and wait again when it is going down', async () => {
  const stateDir = temporaryFolder();
  const keyring = new Keyring(stateDir);
  const { gateway, endpoint } = await Gateway.listen({ stateDir, keyring, log: () => undefined });
  opened.push(gateway);
  const send = () => signedFetch({ url: `${endpoint}/` }, { environment: keyring.operatorEnvironment(endpoint), service: 's3' });
  const early = send();

  gateway.open({ services: [anEcho('s3')] });
  expect(await (await early).text()).toBe(ADMIN_ARN);

  gateway.hold();
  const late = send();
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
