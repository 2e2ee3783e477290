import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DeployedResource, Kernel } from '../../local/kernel/types';
import { createS3 } from '../../local/s3/service';
import { seedBucket } from './seed';

/** The local S3 in a process of its own, so that its memory is not counted: `server.ts <state dir> <objects>`. */
const [stateDir = '', objects = '0'] = process.argv.slice(2);

const bucket = (ref: string): DeployedResource => ({
  stackName: 'Bench',
  logicalId: ref,
  type: 'AWS::S3::Bucket',
  ref,
  attributes: {},
  properties: { VersioningConfiguration: { Status: 'Enabled' } },
  assetPath: (locator) => locator,
});

async function serve(): Promise<void> {
  const kernel: Kernel = {
    stateDir,
    endpoint: 'http://127.0.0.1',
    authorize: () => undefined,
    environmentFor: () => ({}),
    log: (line) => console.error(line),
  };
  const started = performance.now();
  seedBucket(stateDir, 'input', Number(objects));
  const s3 = createS3(kernel, { publish: () => undefined });
  const provider = s3.providers.find(({ type }) => type === 'AWS::S3::Bucket');
  for (const name of ['input', 'state', 'output']) await provider?.create(bucket(name));
  await s3.start();
  const seedSeconds = (performance.now() - started) / 1000;
  const caller = { kind: 'admin', arn: 'arn:aws:iam::000000000000:root' } as const;
  const server = createServer({ keepAlive: true, keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, (http, response) => {
    const url = new URL(http.url ?? '/', 'http://127.0.0.1');
    void s3.handle({ http, url, caller, requestId: 'bench' }, response);
  });
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    console.log(JSON.stringify({ endpoint: `http://127.0.0.1:${port}`, seedSeconds }));
  });
}

void serve();
