import { once } from 'node:events';
import { connect } from 'node:net';
import { removeTemporaryFolders } from '../../support/cloud-assembly';
import { ADMIN_ARN, anEcho, anOpenGateway, type OpenGateway } from '../../support/cloud-gateway';
import { rawRequest } from '../../support/raw-request';
import { signedHeaders } from '../../support/signed-fetch';

let cloud: OpenGateway;
let calls: string[];

beforeEach(async () => {
  calls = [];
  const seen = (service: string) =>
    anEcho(service, async ({ http, caller }, response) => {
      calls.push(`${service} ${http.method} ${http.url}`);
      response.end(caller.arn);
    });
  cloud = await anOpenGateway([seen('s3'), seen('batch')]);
});

afterEach(async () => {
  await cloud.gateway.close();
  removeTemporaryFolders();
});

const portOf = (endpoint: string): string => new URL(endpoint).port;

/** Signed rightly for the Host that it names, with more headers that a browser would add. */
async function signedWith(more: Readonly<Record<string, string>>, method = 'POST') {
  const { host = new URL(cloud.endpoint).host, ...added } = more;
  const url = `${cloud.endpoint}/v1/submitjob`;
  const signing = { environment: cloud.operator, service: 'batch' };
  const headers = await signedHeaders({ url: url.replace(new URL(url).host, host), method, body: '{}' }, signing);
  return rawRequest(url, { method, headers: { ...headers, ...added, host }, body: '{}' });
}

test('a request that is signed and comes from no browser is served', async () => {
  expect(await signedWith({})).toMatchObject({ status: 200, body: ADMIN_ARN });
});

test.each<[string, Record<string, string>]>([
  ['of another origin', { origin: 'https://evil.test' }],
  ['of a sandboxed frame', { origin: 'null' }],
  ['of its own origin', { origin: 'http://127.0.0.1' }],
  ['of another site', { 'sec-fetch-site': 'cross-site' }],
  ['of the same site', { 'sec-fetch-site': 'same-site' }],
  ['of a page of its own', { 'sec-fetch-site': 'same-origin' }],
  ['of the address bar', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }],
  ['of an image', { 'sec-fetch-dest': 'image' }],
])('a browser’s request %s is refused, however well it is signed', async (_, headers) => {
  const { status, body } = await signedWith(headers);

  expect(status).toBe(403);
  expect(JSON.parse(body)).toMatchObject({ __type: 'AccessDenied', message: expect.stringMatching(/^web pages are not served \(/) });
  expect(calls).toEqual([]);
  expect(cloud.lines).toEqual([expect.stringMatching(/^refused POST "\/v1\/submitjob": web pages are not served \(/)]);
});

test('Node’s own fetch is no browser', async () => {
  expect(await signedWith({ 'sec-fetch-mode': 'cors' })).toMatchObject({ status: 200 });
});

test.each([
  'evil.test',
  'evil.test:<port>',
  '127.0.0.1.evil.test:<port>',
  '127.0.0.1:1',
  '127.0.0.1',
  '0.0.0.0:<port>',
  'bucket.localhost:<port>',
  'localhost.:<port>',
  'user@127.0.0.1:<port>',
])('the foreign Host %s is refused, however well the request is signed for it', async (name) => {
  const { status, body } = await signedWith({ host: name.replace('<port>', portOf(cloud.endpoint)) });

  expect(status).toBe(403);
  expect(body).toContain('is not served: use 127.0.0.1:');
  expect(calls).toEqual([]);
  expect(cloud.lines).toHaveLength(1);
});

test.each(['127.0.0.1:<port>', 'localhost:<port>', '[::1]:<port>'])('Host %s is this machine', async (name) => {
  expect(await signedWith({ host: name.replace('<port>', portOf(cloud.endpoint)) })).toMatchObject({ status: 200 });
});

test('two Hosts are none', async () => {
  const socket = connect(Number(portOf(cloud.endpoint)), '127.0.0.1');
  const { host } = new URL(cloud.endpoint);
  socket.end(`GET / HTTP/1.1\r\nHost: ${host}\r\nHost: evil.test\r\nConnection: close\r\n\r\n`);

  const [answer] = await once(socket, 'data');

  expect(String(answer)).toMatch(/^HTTP\/1.1 40[03] /);
  expect(calls).toEqual([]);
});

test('a target that names a host is refused', async () => {
  const { host } = new URL(cloud.endpoint);

  expect(await rawRequest(cloud.endpoint, { target: 'http://evil.test/x', headers: { host } })).toMatchObject({ status: 403 });
  expect(cloud.lines).toEqual([expect.stringContaining('request target "http://evil.test/x" is not served')]);
});

test('a preflight is refused and allows nothing', async () => {
  const { host } = new URL(cloud.endpoint);
  const headers = { host, origin: 'https://evil.test', 'access-control-request-method': 'PUT' };

  const answer = await rawRequest(cloud.endpoint, { method: 'OPTIONS', headers });

  expect(answer.status).toBe(403);
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test.each([
  ['a WebSocket of a page', { origin: 'https://evil.test', upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-key': 'x' }],
  ['a WebSocket of a program', { upgrade: 'websocket', connection: 'Upgrade' }],
])('%s is refused', async (_, headers) => {
  const { host } = new URL(cloud.endpoint);

  const { status, body } = await rawRequest(cloud.endpoint, { headers: { host, ...headers } });

  expect([status, JSON.parse(body)]).toEqual([403, expect.objectContaining({ message: expect.stringMatching(/ (is|are) not served/) })]);
  expect(cloud.lines).toHaveLength(1);
});

test('CONNECT is refused', async () => {
  const socket = connect(Number(portOf(cloud.endpoint)), '127.0.0.1');
  socket.write(`CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n`);

  const [answer] = await once(socket, 'data');

  expect(String(answer)).toMatch(/^HTTP\/1.1 403 /);
  expect(cloud.lines).toEqual([expect.stringContaining('CONNECT is not served')]);
});

test.each([
  ['a form', 'application/x-www-form-urlencoded'],
  ['plain text', 'text/plain'],
])('%s with a forged credential in its query, sent by an old browser, is not signed', async (_, type) => {
  const { host } = new URL(cloud.endpoint);
  const target = `/v1/submitjob?X-Amz-Credential=${cloud.operator.AWS_ACCESS_KEY_ID}/20260101/us-east-1/batch/aws4_request`;
  const headers = { host, 'content-type': type, referer: 'https://evil.test/' };

  const answer = await rawRequest(cloud.endpoint, { method: 'POST', target, headers, body: '{"jobName":"x"}' });
  const unsigned = await rawRequest(cloud.endpoint, { method: 'POST', target: '/v1/submitjob', headers, body: '{"jobName":"x"}' });

  expect([answer.status, unsigned.status]).toEqual([403, 403]);
  expect(calls).toEqual([]);
});

test('an error speaks the language of the service that the request names', async () => {
  const { host } = new URL(cloud.endpoint);
  const authorization = 'AWS4-HMAC-SHA256 Credential=admin/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';

  const { headers, body } = await rawRequest(`${cloud.endpoint}/b/k`, { headers: { host, origin: 'https://evil.test', authorization } });

  expect(headers['content-type']).toBe('application/xml');
  expect(body).toContain('<Code>AccessDenied</Code><Message>web pages are not served');
});

test('what a stranger writes into headers cannot break a line of the log', async () => {
  const { host } = new URL(cloud.endpoint);

  await rawRequest(cloud.endpoint, { target: `/${'x'.repeat(500)}?secret`, headers: { host, origin: `"${'y'.repeat(500)}` } });

  expect(cloud.lines[0]).not.toContain('secret');
  expect(cloud.lines[0]?.length).toBeLessThan(300);
});
