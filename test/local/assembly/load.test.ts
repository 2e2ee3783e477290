import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CfnOutput, Fn, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { DockerImageAsset } from 'aws-cdk-lib/aws-ecr-assets';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { findAsset } from '../../../local/assembly/assets';
import { loadAssembly } from '../../../local/assembly/load';
import { removeTemporaryFolders, synthesized, temporaryFolder } from '../../support/cloud-assembly';
import { anAssembly, aProvider, resolverOf } from '../../support/cloud-resources';

afterEach(removeTemporaryFolders);

const BUCKET = new Map([['AWS::S3::Bucket', aProvider('AWS::S3::Bucket')]]);

/** Two stacks, the first of which needs a bucket of the second. */
function twoStacks(context: Readonly<Record<string, unknown>>): string {
  return synthesized((app) => {
    const user = new Stack(app, 'User', { stackName: 'Named-User' });
    const owner = new Stack(app, 'Owner');
    const bucket = new Bucket(owner, 'Bucket');
    new CfnOutput(user, 'Name', { value: bucket.bucketName });
  }, context);
}

test('stacks come in dependency order, under their stack names', () => {
  const { stacks } = loadAssembly(twoStacks({}));

  expect(stacks.map(({ name }) => name)).toEqual(['Owner', 'Named-User']);
});

test.each(['strong', 'weak'])('a %s reference between stacks is followed', (strength) => {
  const folder = twoStacks({ '@aws-cdk/core:defaultCrossStackReferences': strength });

  const outputs = resolverOf(folder, BUCKET).outputs();

  expect(outputs['Named-User']?.Name).toMatch(/^Owner-Bucket/);
});

test('the stacks and assets of a stage are part of the assembly', () => {
  const content = temporaryFolder();
  writeFileSync(path.join(content, 'a.txt'), 'a');
  const folder = synthesized((app) => {
    const stack = new Stack(new Stage(app, 'Prod'), 'Main');
    new Asset(stack, 'Asset', { path: content });
  });

  const { stacks, assets } = loadAssembly(folder);

  expect(stacks.map(({ name }) => name)).toEqual(['Prod-Main']);
  expect([...assets.keys()].some((name) => name.endsWith('.zip'))).toBe(true);
});

test('a nested stack is there as a resource that no provider knows', () => {
  const folder = synthesized((app) => {
    const stack = new Stack(app, 'Outer');
    new Bucket(new NestedStack(stack, 'Inner'), 'Bucket');
  });

  const [outer] = loadAssembly(folder).stacks;

  expect(Object.values(outer?.template.Resources ?? {}).map(({ Type }) => Type)).toEqual(['AWS::CloudFormation::Stack']);
});

test('file and image assets are found by the names that templates give them', () => {
  const content = temporaryFolder();
  mkdirSync(path.join(content, 'image'));
  writeFileSync(path.join(content, 'image', 'Dockerfile'), 'FROM scratch');
  const folder = synthesized((app) => {
    const stack = new Stack(app, 'Main');
    new CfnOutput(stack, 'Key', { value: new Asset(stack, 'Asset', { path: content }).s3ObjectKey });
    new CfnOutput(stack, 'Image', { value: new DockerImageAsset(stack, 'Docker', { directory: path.join(content, 'image') }).imageUri });
  });

  const { assets } = loadAssembly(folder);
  const { Key = '', Image = '' } = resolverOf(folder, new Map()).outputs().Main ?? {};

  expect(findAsset(assets, Key)).toBe(path.join(folder, `asset.${Key.replace('.zip', '')}`));
  expect(findAsset(assets, Image)).toBe(path.join(folder, `asset.${Image.split(':').at(-1)}`));
  expect(() => findAsset(assets, 'public.ecr.aws/x/y:latest')).toThrow(/asset public\.ecr\.aws\/x\/y:latest/);
});

test('a stack for another account or region is refused by name', () => {
  const folder = synthesized((app) => void new Stack(app, 'Main', { env: { account: '123456789012', region: 'eu-central-1' } }));

  expect(() => loadAssembly(folder)).toThrow(/stack Main in aws:\/\/123456789012\/eu-central-1/);
});

test('a stack for the local account and region is taken', () => {
  const folder = synthesized((app) => void new Stack(app, 'Main', { env: { account: '000000000000', region: 'us-east-1' } }));

  expect(loadAssembly(folder).stacks).toHaveLength(1);
});

test('a template section that would change the outcome is refused by name', () => {
  const folder = anAssembly({ S: { Transform: 'AWS::Serverless-2016-10-31', Resources: {} } });

  expect(() => loadAssembly(folder)).toThrow(/template section Transform of stack S is not emulated/);
});

test('a folder that is no cloud assembly says what to do', () => {
  const folder = temporaryFolder();

  expect(() => loadAssembly(folder)).toThrow(`no cloud assembly at ${folder}: it has no manifest.json, run cdk synth first`);
});

test('Fn.select over zones works on a synthesized template', () => {
  const folder = synthesized((app) => {
    const stack = new Stack(app, 'Main');
    new CfnOutput(stack, 'Zone', { value: Fn.select(2, Fn.getAzs()) });
  });

  expect(resolverOf(folder, new Map()).outputs().Main?.Zone).toBe('us-east-1c');
});
