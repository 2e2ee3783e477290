import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, type BucketDeploymentProps, type ISource, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { bucketDeploymentProvider } from '../../../local/deploy/bucket-deployment';
import { deploy, providersByType } from '../../../local/deploy/deploy';
import { passiveProviders } from '../../../local/deploy/passive';
import { iamProviders } from '../../../local/iam/providers';
import { removeTemporaryFolders, synthesized, temporaryFolder } from '../../support/cloud-assembly';
import { aProvider, resolverOf } from '../../support/cloud-resources';
import { zipped } from '../../support/cloud-zip';

afterEach(removeTemporaryFolders);

interface Put {
  readonly bucket: string;
  readonly key: string;
  readonly body: string;
}

/** Deploys an app with one bucket deployment and returns what was put into buckets. */
async function deployed(
  sources: (stack: Stack) => readonly ISource[],
  props: Partial<BucketDeploymentProps> = {},
  stateDir = temporaryFolder(),
) {
  const folder = synthesized((app) => {
    const stack = new Stack(app, 'S');
    const destinationBucket = new Bucket(stack, 'State');
    const deployment = new BucketDeployment(stack, 'Config', { destinationBucket, sources: [...sources(stack)], prune: false, ...props });
    new CfnOutput(stack, 'Deployed', { value: deployment.deployedBucket.bucketName });
  });
  const puts: Put[] = [];
  const contents = { putObject: (bucket: string, key: string, body: Buffer) => void puts.push({ bucket, key, body: body.toString() }) };
  const active = ['AWS::S3::Bucket', 'AWS::SQS::Queue', 'AWS::Lambda::Function'].map((type) => aProvider(type));
  const providers = providersByType(passiveProviders, iamProviders, active, [bucketDeploymentProvider(stateDir, contents)]);
  await deploy(resolverOf(folder, providers).deployed(), providers);
  return puts;
}

test('JSON with values that are known only at deploy is written with those values', async () => {
  const puts = await deployed((stack) => {
    const queue = new Queue(stack, 'Jobs');
    return [
      Source.jsonData('config/a.json', { queue: queue.queueArn, text: `"${queue.queueUrl}"`, fixed: 1 }),
      Source.jsonData('config/b.json', { plain: true }),
    ];
  });

  expect(puts.map(({ key }) => key)).toEqual(['config/a.json', 'config/b.json']);
  expect(puts[0]?.bucket).toMatch(/^S-State/);
  expect(JSON.parse(puts[0]?.body ?? '')).toEqual({
    queue: expect.stringMatching(/^arn:of:S-Jobs/),
    text: expect.stringMatching(/^"S-Jobs\w+"$/),
    fixed: 1,
  });
  expect(JSON.parse(puts[1]?.body ?? '')).toEqual({ plain: true });
});

test('a folder and a zip archive are written below the prefix', async () => {
  const content = temporaryFolder();
  mkdirSync(path.join(content, 'site', 'deep'), { recursive: true });
  writeFileSync(path.join(content, 'site', 'deep', 'index.html'), 'hello');
  writeFileSync(path.join(content, 'more.zip'), zipped({ name: 'other/file.txt', body: 'zip' }));

  const puts = await deployed(() => [Source.asset(path.join(content, 'site')), Source.asset(path.join(content, 'more.zip'))], {
    destinationKeyPrefix: 'web',
  });

  expect(puts.map(({ key, body }) => [key, body])).toEqual([
    ['web/deep/index.html', 'hello'],
    ['web/other/file.txt', 'zip'],
  ]);
});

test('deploying again writes only what has changed', async () => {
  const stateDir = temporaryFolder();
  const configs = (version: number) => () => [Source.jsonData('same.json', { a: 1 }), Source.jsonData('changed.json', { version })];
  await deployed(configs(1), {}, stateDir);

  const unchanged = await deployed(configs(1), {}, stateDir);
  const changed = await deployed(configs(2), {}, stateDir);

  expect(unchanged).toEqual([]);
  expect(changed.map(({ key, body }) => [key, body])).toEqual([['changed.json', '{"version":2}']]);
});

test.each<[string, Partial<BucketDeploymentProps>, RegExp]>([
  ['pruning', { prune: true }, /bucket deployment S\.\w+ with prune: true, CDK's default, is not emulated/],
  ['files that stay zipped', { extract: false }, /with extract: false is not emulated/],
  ['filters', { exclude: ['*'] }, /Exclude/],
  ['metadata', { metadata: { a: 'b' } }, /UserMetadata/],
])('%s is refused by name', async (_, props, message) => {
  await expect(deployed(() => [Source.asset(temporaryFolder())], props)).rejects.toThrow(message);
});
