import { existsSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type Cloud, type CloudOptions, startCloud } from '../../local/cloud';
import { StateInUseError } from '../../local/deploy/state-lock';
import { removeTemporaryFolders, synthesized, temporaryFolder } from '../support/cloud-assembly';
import { aPipeline, bundledHandler, type PipelineClient, pipelineClient } from '../support/cloud-pipeline';
import { anAssembly } from '../support/cloud-resources';

// Whole clouds come up and go down here, on machines that may be busy with other things.
jest.setTimeout(180_000);

let code: string;
let assemblyDir: string;
const running: { cloud: Cloud; client: PipelineClient }[] = [];

beforeAll(() => {
  code = bundledHandler();
  assemblyDir = synthesized(aPipeline({ code }));
});

afterEach(async () => {
  for (const { cloud, client } of running.splice(0)) {
    client.close();
    await cloud.stop();
  }
});

afterAll(removeTemporaryFolders);

async function start(options: Partial<CloudOptions> & { readonly stateDir: string }) {
  const cloud = await startCloud({ assemblyDir, ...options });
  const started = { cloud, client: pipelineClient(cloud) };
  running.push(started);
  return started;
}

const usedActions = ({ cloud }: { cloud: Cloud }): readonly string[] => cloud.unusedPermissions().map(({ action }) => action);

test('a dropped object passes through event, queue and function into the other bucket, under the roles of the template', async () => {
  const { cloud, client } = await start({ stateDir: temporaryFolder() });

  await client.put('elsewhere/b.txt', 'ignored');
  await client.put('in/a.txt', 'hello');

  expect(await client.output('out/in/a.txt')).toBe('HELLO!');
  expect(await client.output('refused/in/a.txt')).toMatch(
    /^AccessDenied: User: arn:aws:sts::000000000000:assumed-role\/Pipe-Control-CopyServiceRole\w+\/local is not authorized to perform: s3:DeleteObject on resource: /,
  );
  expect(usedActions({ cloud })).toContain('s3:GetObjectTagging');
  expect(usedActions({ cloud })).not.toContain('s3:GetObject');
  expect(usedActions({ cloud })).not.toContain('s3:PutObject');
});

const wideFiles = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => lstatSync(path.join(folder, name)).mode & 0o077);

test('whatever the umask, every file of the state folder is its owner’s alone', async () => {
  const stateDir = temporaryFolder();
  const inherited = process.umask(0);
  const { client } = await start({ stateDir });

  await client.put('in/a.txt', 'hello');
  await client.output('out/in/a.txt');

  process.umask(inherited);
  expect(readdirSync(stateDir)).toEqual(expect.arrayContaining(['batch', 'gateway', 'logs', 's3', 'sqs']));
  expect(wideFiles(stateDir)).toEqual([]);
});

test('a bucket deployment carries values of other resources', async () => {
  const { client } = await start({ stateDir: temporaryFolder() });

  expect(JSON.parse(await client.output('config.json'))).toEqual({
    queue: expect.stringMatching(/^arn:aws:sqs:us-east-1:000000000000:Pipe-Control-Queue/),
    suffix: '!',
  });
});

test('a cloud that was stopped continues where it was, at the same address', async () => {
  const stateDir = temporaryFolder();
  const first = await start({ stateDir });
  await first.client.put('in/a.txt', 'one');
  await first.client.output('refused/in/a.txt');
  await first.cloud.stop();

  const second = await start({ stateDir });
  await second.client.put('in/b.txt', 'two');

  expect(second.cloud.endpoint).toBe(first.cloud.endpoint);
  expect(second.cloud.outputs).toEqual(first.cloud.outputs);
  expect(await second.client.output('out/in/a.txt')).toBe('ONE!');
  expect(await second.client.output('out/in/b.txt')).toBe('TWO!');
  expect(await second.client.versions('config.json')).toBe(1);
  expect(usedActions(second)).not.toContain('s3:GetObject');
});

test('an object that was dropped just before the stop is taken up after it', async () => {
  const stateDir = temporaryFolder();
  const first = await start({ stateDir });
  await first.client.put('in/late.txt', 'late');
  await first.cloud.stop();

  const second = await start({ stateDir });

  expect(await second.client.output('out/in/late.txt')).toBe('LATE!');
});

test('a changed assembly is applied to the same state', async () => {
  const stateDir = temporaryFolder();
  const first = await start({ stateDir });
  await first.client.put('in/a.txt', 'one');
  await first.client.output('refused/in/a.txt');
  await first.cloud.stop();

  const second = await start({ stateDir, assemblyDir: synthesized(aPipeline({ code, suffix: '?' })) });
  await second.client.put('in/b.txt', 'two');

  expect(await second.client.output('out/in/a.txt')).toBe('ONE!');
  expect(await second.client.output('out/in/b.txt')).toBe('TWO?');
  expect(JSON.parse(await second.client.output('config.json'))).toMatchObject({ suffix: '?' });
  expect(await second.client.versions('config.json')).toBe(2);
});

test('one state folder has one cloud', async () => {
  const stateDir = temporaryFolder();
  await start({ stateDir });

  await expect(startCloud({ assemblyDir, stateDir })).rejects.toThrow(new StateInUseError(stateDir, process.pid));
});

test('a cloud that does not come up leaves neither a lock nor a port behind', async () => {
  const stateDir = temporaryFolder();
  const strange = anAssembly({ S: { Resources: { Table: { Type: 'AWS::DynamoDB::Table' } } } });

  await expect(startCloud({ assemblyDir: strange, stateDir })).rejects.toThrow(/^AWS::DynamoDB::Table \(S\.Table\) is not emulated/);

  expect(existsSync(path.join(stateDir, 'lock'))).toBe(false);
  await start({ stateDir });
});

test('an interceptor stands between clients and services', async () => {
  const seen = new Set<string>();
  const { client } = await start({
    stateDir: temporaryFolder(),
    intercept: async ({ service }, next) => {
      seen.add(service);
      await next();
    },
  });

  await client.output('config.json');

  expect([...seen]).toEqual(['s3']);
});
