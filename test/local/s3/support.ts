import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { AccessDeniedError } from '../../../local/kernel/errors';
import type { AccessRequest, DeployedResource, Kernel, PlatformEvent } from '../../../local/kernel/types';
import { createS3, type S3Service } from '../../../local/s3/service';

/** A local S3 behind a real HTTP server, with what it asked of the kernel and what it published. */
export interface TestCloud {
  readonly s3: S3Service;
  readonly client: S3Client;
  readonly endpoint: string;
  readonly stateDir: string;
  readonly asked: AccessRequest[];
  readonly events: PlatformEvent[];
  readonly logged: string[];
  /** Actions that are denied from now on. */
  readonly denied: Set<string>;
  /** Makes the event bus fail from now on. */
  failEvents(fails: boolean): void;
  /** Stops the process and starts another on the same folder. */
  restart(): Promise<TestCloud>;
  /** Ends it and leaves its state. */
  shutDown(): Promise<void>;
  stop(): Promise<void>;
}

export const VERSIONED = { VersioningConfiguration: { Status: 'Enabled' } };
export const NOTIFYING = { ...VERSIONED, NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } } };

/** The signature that every chunk should have here; the gateway's tests have real ones. */
export const ZEROS = '0'.repeat(64);

export type Buckets = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const deployed = (ref: string, properties: Readonly<Record<string, unknown>>): DeployedResource => ({
  stackName: 'Test',
  logicalId: ref,
  type: 'AWS::S3::Bucket',
  ref,
  attributes: {},
  properties,
  assetPath: (locator) => locator,
});

export const createBucket = (s3: S3Service, name: string, properties: Readonly<Record<string, unknown>>): Promise<void> =>
  s3.providers.find(({ type }) => type === 'AWS::S3::Bucket')!.create(deployed(name, properties));

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));

export async function startS3(buckets: Buckets, stateDir = mkdtempSync(join(tmpdir(), 'batchwright-s3-'))): Promise<TestCloud> {
  const [asked, events, logged, denied] = [[] as AccessRequest[], [] as PlatformEvent[], [] as string[], new Set<string>()];
  let eventsFail = false;
  let requests = 0;
  const kernel: Kernel = {
    stateDir,
    endpoint: 'http://127.0.0.1',
    authorize: (request) => {
      asked.push(request);
      if (denied.has(request.action)) throw new AccessDeniedError(`not authorized to perform: ${request.action}`);
    },
    environmentFor: () => ({}),
    log: (line) => logged.push(line),
  };
  const publish = (event: PlatformEvent): void => {
    if (eventsFail) throw new Error('the bus is full');
    events.push(event);
  };
  const s3 = createS3(kernel, { publish });
  for (const [name, properties] of Object.entries(buckets)) await createBucket(s3, name, properties);
  await s3.start();

  // As the gateway's: on a busy machine a connection rests for longer than a server's usual patience.
  const server = createServer({ keepAlive: true, keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, (http, response) => {
    const request = {
      http,
      url: new URL(http.url ?? '/', 'http://127.0.0.1'),
      caller: { kind: 'admin', arn: 'arn:aws:iam::000000000000:root' } as const,
      requestId: `request-${++requests}`,
      chunkSignatures: { seed: ZEROS, ofChunk: async () => ZEROS, ofTrailers: async () => ZEROS },
    };
    void s3.handle(request, response);
  });
  const endpoint = `http://127.0.0.1:${await listen(server)}`;
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  });
  const shutDown = async (): Promise<void> => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await s3.stop();
  };
  return {
    s3,
    client,
    endpoint,
    stateDir,
    asked,
    events,
    logged,
    denied,
    failEvents: (fails) => {
      eventsFail = fails;
    },
    restart: async () => {
      await shutDown();
      return startS3(buckets, stateDir);
    },
    shutDown,
    stop: async () => {
      await shutDown();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** Bytes that differ everywhere, the same on every run. */
export function someBytes(length: number, seed = 1): Buffer {
  const bytes = new Uint32Array(Math.ceil(length / 4));
  let state = seed;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state;
  }
  return Buffer.from(bytes.buffer, 0, length);
}
