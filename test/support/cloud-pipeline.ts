import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { GetObjectCommand, ListObjectVersionsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Bucket, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { buildSync } from 'esbuild';
import type { Cloud } from '../../local/cloud';
import { temporaryFolder } from './cloud-assembly';

const ROOT = path.join(__dirname, '..', '..');

/** Copies what was dropped, in capitals, and notes what it is refused. */
const HANDLER = `
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
const s3 = new S3Client({});
const { INPUT, OUTPUT, SUFFIX } = process.env;
export const handler = async ({ Records }) => {
  for (const { body } of Records) {
    const { key } = JSON.parse(body).detail.object;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: INPUT, Key: key }));
    const text = (await Body.transformToString()).toUpperCase() + SUFFIX;
    const refusal = await s3.send(new DeleteObjectCommand({ Bucket: INPUT, Key: key })).catch((error) => error);
    await s3.send(new PutObjectCommand({ Bucket: OUTPUT, Key: 'out/' + key, Body: text }));
    await s3.send(new PutObjectCommand({ Bucket: OUTPUT, Key: 'refused/' + key, Body: refusal.name + ': ' + refusal.message }));
  }
};`;

/** Bundles the function as a real deployment does; once, because it takes a second. */
export function bundledHandler(): string {
  const outdir = temporaryFolder();
  buildSync({
    stdin: { contents: HANDLER, resolveDir: ROOT, loader: 'js' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    outfile: path.join(outdir, 'index.js'),
    logLevel: 'error',
  });
  writeFileSync(path.join(outdir, 'package.json'), '{}');
  return outdir;
}

export interface PipelineOptions {
  /** Folder of the bundled function. */
  readonly code: string;
  readonly suffix?: string;
}

function aBucket(stack: Stack, id: string): Bucket {
  const bucket = new Bucket(stack, id, { versioned: true, enforceSSL: true, removalPolicy: RemovalPolicy.DESTROY });
  (bucket.node.defaultChild as CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  new CfnOutput(stack, `${id}Name`, { value: bucket.bucketName });
  return bucket;
}

/** Two stacks: a dropped object becomes an event, a message, a call of a function and an object in another bucket. */
export const aPipeline =
  ({ code, suffix = '!' }: PipelineOptions) =>
  (app: App): void => {
    const storage = new Stack(app, 'Storage', { stackName: 'Pipe-Storage' });
    const [input, output] = [aBucket(storage, 'Input'), aBucket(storage, 'Output')];
    const control = new Stack(app, 'Control', { stackName: 'Pipe-Control' });
    const queue = new Queue(control, 'Queue', { enforceSSL: true });
    const pattern = {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: { bucket: { name: [input.bucketName] }, object: { key: Match.prefix('in/') } },
    };
    new Rule(control, 'Dropped', { eventPattern: pattern, targets: [new SqsQueue(queue)] });
    const copy = new LambdaFunction(control, 'Copy', {
      runtime: Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: Code.fromAsset(code),
      environment: { INPUT: input.bucketName, OUTPUT: output.bucketName, SUFFIX: suffix },
    });
    copy.addEventSource(new SqsEventSource(queue, { batchSize: 1 }));
    copy.addToRolePolicy(
      new PolicyStatement({ actions: ['s3:GetObject', 's3:GetObjectTagging'], resources: [input.arnForObjects('in/*')] }),
    );
    copy.addToRolePolicy(new PolicyStatement({ actions: ['s3:PutObject'], resources: [output.arnForObjects('*')] }));
    new BucketDeployment(control, 'Config', {
      destinationBucket: output,
      sources: [Source.jsonData('config.json', { queue: queue.queueArn, suffix })],
      prune: false,
    });
  };

export interface PipelineClient {
  put(key: string, body: string): Promise<void>;
  /** The text of an object of the output bucket, as soon as it is there. */
  output(key: string): Promise<string>;
  versions(key: string): Promise<number>;
  close(): void;
}

/** A loaded machine may need long to start a function's thread. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** An ordinary S3 client, set up from the variables that the cloud prints. */
export function pipelineClient({ adminEnvironment, outputs }: Cloud): PipelineClient {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId = '',
    AWS_SECRET_ACCESS_KEY: secretAccessKey = '',
    AWS_ENDPOINT_URL,
    AWS_REGION,
  } = adminEnvironment;
  const s3 = new S3Client({ endpoint: AWS_ENDPOINT_URL, region: AWS_REGION, credentials: { accessKeyId, secretAccessKey } });
  const { InputName, OutputName } = outputs['Pipe-Storage'] ?? {};
  const read = async (key: string): Promise<string | undefined> => {
    const object = await s3.send(new GetObjectCommand({ Bucket: OutputName, Key: key })).catch((error: Error) => {
      if (error.name === 'NoSuchKey') return undefined;
      throw error;
    });
    return object?.Body?.transformToString();
  };
  return {
    put: async (Key, Body) => void (await s3.send(new PutObjectCommand({ Bucket: InputName, Key, Body }))),
    output: async (key) => {
      const end = Date.now() + PATIENCE_MS;
      for (let text = await read(key); Date.now() < end; text = await read(key)) {
        if (text !== undefined) return text;
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
      throw new RangeError(`no object ${key} in ${OutputName} after ${PATIENCE_MS} ms`);
    },
    versions: async (Prefix) => (await s3.send(new ListObjectVersionsCommand({ Bucket: OutputName, Prefix }))).Versions?.length ?? 0,
    close: () => s3.destroy(),
  };
}
