import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { DeployedResource, Kernel } from '../../local/kernel/types';
import { createS3 } from '../../local/s3/service';

const BUCKETS = ['input', 'state', 'output'];
const CALLER = { kind: 'admin', arn: 'arn:aws:iam::000000000000:root' } as const;

const bucket = (ref: string): DeployedResource => ({
  stackName: 'Test',
  logicalId: ref,
  type: 'AWS::S3::Bucket',
  ref,
  attributes: {},
  properties: { VersioningConfiguration: { Status: 'Enabled' } },
  assetPath: (locator) => locator,
});

export interface S3Server {
  readonly endpoint: string;
  readonly client: S3Client;
  /** What a process needs to use it through the SDK. */
  readonly environment: Readonly<Record<string, string>>;
  /** Awaited before each request is handled; requests may be held here. */
  hold(gate: (request: IncomingMessage) => Promise<void> | undefined): void;
  close(): Promise<void>;
}

/** The local S3 with the buckets `input`, `state` and `output` behind a real port, for processes of their own. */
export async function startS3(): Promise<S3Server> {
  const stateDir = mkdtempSync(path.join(os.tmpdir(), 's3-server-'));
  const kernel: Kernel = {
    stateDir,
    endpoint: 'http://127.0.0.1',
    authorize: () => undefined,
    environmentFor: () => ({}),
    log: () => undefined,
  };
  const s3 = createS3(kernel, { publish: () => undefined });
  const provider = s3.providers.find(({ type }) => type === 'AWS::S3::Bucket');
  for (const name of BUCKETS) await provider?.create(bucket(name));
  await s3.start();
  let gate: Parameters<S3Server['hold']>[0] = () => undefined;
  const server = createServer(async (http, response) => {
    await gate(http);
    if (response.destroyed) return;
    await s3.handle({ http, url: new URL(http.url ?? '/', 'http://127.0.0.1'), caller: CALLER, requestId: 'test' }, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return {
    endpoint,
    client: new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials }),
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    hold: (wanted) => {
      gate = wanted;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await s3.stop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
