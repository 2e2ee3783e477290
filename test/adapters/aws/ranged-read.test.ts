import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { createObjectStore } from '../../../adapters/aws/object-store';
import { Tally } from '../../../adapters/tally';

const MIB = 1024 * 1024;
/** Three pieces and a bit, so that they are read side by side. */
const CONTENT = Buffer.alloc(25 * MIB + 7, 0);
for (let i = 0; i < CONTENT.length; i += 4096) CONTENT.writeUInt32LE(i, Math.min(i, CONTENT.length - 4));

interface Asked {
  readonly start: number;
  readonly end: number;
  readonly ifMatch: string | undefined;
}

/** How many bytes of its body an answer gives before it breaks off, and whether it then hangs; undefined gives all. */
type Fault = (asked: Asked, count: number) => { readonly bytes: number; readonly hang?: boolean; readonly status?: number } | undefined;

let server: Server;
let asked: Asked[] = [];
let fault: Fault = () => undefined;
let etag = '"one"';
let atOnce = 0;
let most = 0;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const [, from = '0', to = '0'] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
  const one = { start: Number(from), end: Math.min(Number(to) + 1, CONTENT.length), ifMatch: request.headers['if-match'] };
  asked.push(one);
  atOnce += 1;
  most = Math.max(most, atOnce);
  response.once('close', () => {
    atOnce -= 1;
  });
  const wrong = fault(one, asked.length);
  if (one.ifMatch !== undefined && one.ifMatch !== etag) {
    response.writeHead(412).end('<Error><Code>PreconditionFailed</Code></Error>');
    return;
  }
  const body = CONTENT.subarray(one.start, one.end);
  response.writeHead(wrong?.status ?? 206, {
    etag,
    'content-length': body.length,
    'content-range': `bytes ${one.start}-${one.end - 1}/${CONTENT.length}`,
  });
  if (!wrong) response.end(body);
  else response.write(body.subarray(0, wrong.bytes), () => (wrong.hang ? undefined : response.destroy()));
}

beforeAll(async () => {
  server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
  fault = () => undefined;
  etag = '"one"';
  most = 0;
});

/** `patienceMs`: how long a body may stand still. */
function reader(tally?: Tally, patienceMs = 300) {
  const s3 = new S3Client({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    requestHandler: { requestTimeout: Math.max(2000, patienceMs), throwOnRequestTimeout: true, socketTimeout: patienceMs },
  });
  return createObjectStore('bucket', s3, tally);
}

test('a large range comes in pieces side by side, each of the same object', async () => {
  const read = await reader(undefined, 20_000).read('k', { range: { start: 5, end: CONTENT.length + 100 } });

  expect(read.equals(CONTENT.subarray(5))).toBe(true);
  expect(asked.map(({ end, start }) => end - start).reduce((sum, bytes) => sum + bytes)).toBe(CONTENT.length - 5);
  expect(asked.slice(1).map(({ ifMatch }) => ifMatch)).toEqual(asked.slice(1).map(() => '"one"'));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(4);
});

test('a body that breaks off is resumed behind its last byte, and counted', async () => {
  const tally = new Tally();
  fault = (_one, count) => (count <= 3 ? { bytes: MIB } : undefined);

  const read = await reader(tally).read('k', { range: { start: 0, end: 8 * MIB } });

  expect(read.equals(CONTENT.subarray(0, 8 * MIB))).toBe(true);
  expect(asked).toHaveLength(4);
  expect(asked.slice(1).every(({ start }) => start > 0)).toBe(true);
  expect(tally.count).toBe(3);
});

test('a body that stands still is given up and resumed', async () => {
  fault = (_one, count) => (count === 1 ? { bytes: 1000, hang: true } : undefined);

  const read = await reader().read('k', { range: { start: 0, end: MIB } });

  expect(read.equals(CONTENT.subarray(0, MIB))).toBe(true);
  expect(asked[1]?.ifMatch).toBe('"one"');
});

test('an object that is overwritten while it is read is refused, not mixed', async () => {
  fault = (_one, count) => {
    if (count !== 1) return undefined;
    setImmediate(() => {
      etag = '"two"';
    });
    return { bytes: 1000 };
  };

  await expect(reader().read('k', { range: { start: 0, end: MIB } })).rejects.toMatchObject({ name: 'PreconditionFailed' });
});

test('a body that breaks off again and again without a byte fails by name', async () => {
  fault = () => ({ bytes: 0 });

  await expect(reader().read('k', { range: { start: 10, end: 20 } })).rejects.toThrow(
    's3://bucket/k broke off 5 times in a row at byte 10, expected bytes up to 20',
  );
});

test('an answer that is not the range that was asked for is refused', async () => {
  const whole = createServer((_request, response) => response.end('everything'));
  await new Promise<void>((done) => whole.listen(0, '127.0.0.1', done));
  const s3 = new S3Client({
    endpoint: `http://127.0.0.1:${(whole.address() as AddressInfo).port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
  });

  await expect(createObjectStore('bucket', s3).read('k', { range: { start: 2, end: 4 } })).rejects.toThrow(/content range undefined/);

  whole.closeAllConnections();
  whole.close();
});

test('a read that is wanted no more ends at once', async () => {
  const stop = new AbortController();
  fault = () => ({ bytes: 10, hang: true });
  setTimeout(() => stop.abort(), 50);

  await expect(reader().read('k', { range: { start: 0, end: MIB }, signal: stop.signal })).rejects.toBeDefined();

  expect(asked).toHaveLength(1);
});
