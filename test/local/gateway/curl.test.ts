import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readBody } from '../../../local/kernel/http';
import { removeTemporaryFolders } from '../../support/cloud-assembly';
import { ADMIN_ARN, anEcho, anOpenGateway, type OpenGateway, ROLE_ARN } from '../../support/cloud-gateway';
import { credentialsOf, type Environment } from '../../support/signed-fetch';

// Signed by a program that shares no code with the gateway: curl, which has had `--aws-sigv4` since 7.75.

const run = promisify(execFile);

let cloud: OpenGateway;

beforeEach(async () => {
  const told = (service: string) =>
    anEcho(service, async ({ http, caller }, response) => {
      response.end(`${caller.arn} ${http.method} ${http.url} ${(await readBody(http)).toString('utf8')}`.trim());
    });
  cloud = await anOpenGateway([told('s3'), told('states'), told('batch')]);
});

afterEach(async () => {
  await cloud.gateway.close();
  removeTemporaryFolders();
});

interface Curl {
  readonly service: string;
  readonly environment?: Environment;
  readonly args?: readonly string[];
}

/** Answers the status and the body. */
async function curl(path: string, { service, environment = cloud.operator, args = [] }: Curl): Promise<readonly [number, string]> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentialsOf(environment);
  const signing = ['--aws-sigv4', `aws:amz:us-east-1:${service}`, '--user', `${accessKeyId}:${secretAccessKey}`];
  const token = sessionToken === undefined ? [] : ['-H', `x-amz-security-token: ${sessionToken}`];
  const { stdout } = await run('curl', [
    '-sS',
    '--path-as-is',
    '-w',
    '\n%{http_code}',
    ...signing,
    ...token,
    ...args,
    `${cloud.endpoint}${path}`,
  ]);
  const cut = stdout.lastIndexOf('\n');
  return [Number(stdout.slice(cut + 1)), stdout.slice(0, cut)];
}

const json = ['-H', 'content-type: application/x-amz-json-1.0', '-H', 'x-amz-target: AWSStepFunctions.ListStateMachines'];

/** S3 wants the hash of the body, which not every curl sends by itself. */
const hash = (body: string): readonly string[] => ['-H', `x-amz-content-sha256: ${createHash('sha256').update(body).digest('hex')}`];

test.each([
  ['/bucket/key', 'a plain key'],
  ['/bucket/a%20b%2Bc%25d', 'a key with a space, a plus and a percent sign'],
  ['/bucket/%C3%BC%E2%82%AC%F0%9F%98%80', 'a key in unicode'],
  ['/bucket/a/../b//c/./d', 'a key that looks like a path'],
  ['/bucket/key?versionId=x%2Fy%3D&x-id=GetObject', 'a query'],
  ['/?prefix=%C3%BC&prefix=a', 'a name that comes twice'],
])('what curl signs for S3 is served: %s', async (path) => {
  expect(await curl(path, { service: 's3', args: hash('') })).toEqual([200, `${ADMIN_ARN} GET ${path}`]);
});

test('what curl signs for a JSON service is served, body and all', async () => {
  expect(await curl('/', { service: 'states', args: [...json, '-d', '{"maxResults":1}'] })).toEqual([
    200,
    `${ADMIN_ARN} POST / {"maxResults":1}`,
  ]);
});

test('a session of a role signs with its token', async () => {
  const served = await curl('/', { service: 'states', environment: cloud.role, args: [...json, '-d', '{}'] });
  const { AWS_SESSION_TOKEN: _, ...withoutToken } = cloud.role;
  const refused = await curl('/', { service: 'states', environment: withoutToken, args: [...json, '-d', '{}'] });
  const foreign = { ...cloud.role, AWS_SESSION_TOKEN: 'x' };
  const stolen = await curl('/', { service: 'states', environment: foreign, args: [...json, '-d', '{}'] });

  expect(served).toEqual([200, `${ROLE_ARN} POST / {}`]);
  expect([refused, stolen]).toEqual([
    [403, expect.stringContaining('UnrecognizedClientException')],
    [403, expect.stringContaining('UnrecognizedClientException')],
  ]);
});

test.each<[string, (environment: Environment) => Environment, string]>([
  ['secret', (environment) => ({ ...environment, AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) }), 'InvalidSignatureException'],
  ['key', (environment) => ({ ...environment, AWS_ACCESS_KEY_ID: 'admin' }), 'UnrecognizedClientException'],
  ['token', (environment) => ({ ...environment, AWS_SESSION_TOKEN: 'of another account' }), 'UnrecognizedClientException'],
])('a wrong %s is refused', async (_, change, code) => {
  const [status, body] = await curl('/', { service: 'states', environment: change(cloud.operator), args: [...json, '-d', '{}'] });

  expect([status, JSON.parse(body)]).toEqual([403, expect.objectContaining({ __type: code })]);
});

test('the AWS SDK’s client signs what is served, with and without a token', async () => {
  const clientOf = (environment: Environment) =>
    new S3Client({ endpoint: cloud.endpoint, region: 'us-east-1', forcePathStyle: true, credentials: credentialsOf(environment) });
  const [operator, role] = [clientOf(cloud.operator), clientOf(cloud.role)];
  const Key = "a b+c%/ü€😀/(x)!*'";

  const got = await operator.send(new GetObjectCommand({ Bucket: 'b', Key, VersionId: 'v' }));
  const put = await role.send(new PutObjectCommand({ Bucket: 'b', Key, Body: 'body', Metadata: { note: '  two  spaces ' } }));

  expect(await got.Body?.transformToString()).toMatch(new RegExp(`^${ADMIN_ARN} GET /b/a%20b%2Bc%25/`));
  expect(put.$metadata.httpStatusCode).toBe(200);
  operator.destroy();
  role.destroy();
});
