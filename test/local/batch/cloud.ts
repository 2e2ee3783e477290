import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  BatchClient,
  DescribeJobsCommand,
  type JobDetail,
  type JobStatus,
  type JobSummary,
  ListJobsCommand,
  SubmitJobCommand,
  type SubmitJobCommandInput,
} from '@aws-sdk/client-batch';
import { type BatchOptions, type BatchService, createBatch } from '../../../local/batch';
import type { PlatformEvent } from '../../../local/kernel/types';
import { aKernel, deploy, eventually, type TestKernel } from '../../support/messaging-kernel';

export const IMAGE = '000000000000.dkr.ecr.us-east-1.amazonaws.com/assets:0123abcd';
export const ROLE = 'arn:aws:iam::000000000000:role/JobRole';

/** A folder that stands for an image. */
export interface Image {
  readonly folder: string;
  remove(): void;
}

/** An image of a Node program, or of any Dockerfile. */
export function anImage({ main = '', dockerfile = NODE_IMAGE }: { main?: string; dockerfile?: string } = {}): Image {
  const folder = mkdtempSync(path.join(tmpdir(), 'batch-image-'));
  writeFileSync(path.join(folder, 'Dockerfile'), dockerfile);
  writeFileSync(path.join(folder, 'main.js'), main);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

const NODE_IMAGE = 'FROM node\nENV NODE_ENV=production\nWORKDIR /app\nENTRYPOINT ["/usr/bin/tini", "--", "node", "main.js"]\n';
/** Does nothing, at once. */
export const TRUE_IMAGE = 'FROM scratch\nENTRYPOINT ["true"]\n';

export interface Deployment {
  readonly environment?: object;
  readonly queue?: object;
  /** Properties of the job definition's container. */
  readonly container?: object;
  /** Properties of the job definition itself. */
  readonly definition?: object;
  readonly options?: BatchOptions;
  readonly stateDir?: string;
}

export const containerProperties = (properties: object = {}) => ({
  Image: IMAGE,
  JobRoleArn: ROLE,
  ResourceRequirements: [
    { Type: 'VCPU', Value: '0.25' },
    { Type: 'MEMORY', Value: '512' },
  ],
  ...properties,
});

export const definitionProperties = (container: object = {}, definition: object = {}) => ({
  Type: 'container',
  PlatformCapabilities: ['FARGATE'],
  ContainerProperties: containerProperties(container),
  ...definition,
});

export interface LogLine {
  readonly group: string;
  readonly stream: string;
  readonly line: string;
}

/** A local Batch with one queue and one definition, spoken to over HTTP by the real client. */
export interface Cloud {
  readonly kernel: TestKernel;
  readonly batch: BatchService;
  readonly client: BatchClient;
  readonly events: PlatformEvent[];
  readonly lines: LogLine[];
  readonly queue: string;
  readonly definition: string;
  submit(wish?: Partial<SubmitJobCommandInput>): Promise<string>;
  describe(jobId: string): Promise<JobDetail>;
  /** The job once it is in a state. */
  reaches(jobId: string, status: JobStatus): Promise<JobDetail>;
  children(arrayJobId: string, jobStatus: JobStatus): Promise<readonly JobSummary[]>;
  /** States of a job that were told to the event bus. */
  told(jobId: string): readonly string[];
  close(): Promise<void>;
}

const environmentProperties = (changes: object = {}) => ({
  Type: 'managed',
  ComputeResources: { Type: 'FARGATE_SPOT', MaxvCpus: 256, Subnets: ['subnet-1'], SecurityGroupIds: ['sg-1'] },
  ...changes,
});

export async function deployAll(batch: BatchService, image: Image, deployment: Deployment) {
  const environment = await deploy(batch, 'AWS::Batch::ComputeEnvironment', {
    logicalId: 'Spot',
    properties: environmentProperties(deployment.environment),
  });
  const queue = await deploy(batch, 'AWS::Batch::JobQueue', {
    logicalId: 'Queue',
    properties: { Priority: 1, ComputeEnvironmentOrder: [{ ComputeEnvironment: environment.ref, Order: 1 }], ...deployment.queue },
  });
  const definition = await deploy(batch, 'AWS::Batch::JobDefinition', {
    logicalId: 'Worker',
    properties: definitionProperties(deployment.container, deployment.definition),
    assets: { [IMAGE]: image.folder },
  });
  return { environment, queue, definition };
}

const inquiries = (client: BatchClient) => {
  const describe = async (jobId: string): Promise<JobDetail> => {
    const { jobs } = await client.send(new DescribeJobsCommand({ jobs: [jobId] }));
    if (!jobs?.[0]) throw new Error(`no job ${jobId}`);
    return jobs[0];
  };
  const children = async (arrayJobId: string, jobStatus: JobStatus): Promise<readonly JobSummary[]> => {
    const all: JobSummary[] = [];
    let nextToken: string | undefined;
    do {
      const page: { jobSummaryList?: JobSummary[]; nextToken?: string } = await client.send(
        new ListJobsCommand({ arrayJobId, jobStatus, nextToken }),
      );
      all.push(...(page.jobSummaryList ?? []));
      nextToken = page.nextToken;
    } while (nextToken);
    return all;
  };
  return { describe, children };
};

export async function aCloud(image: Image, deployment: Deployment = {}): Promise<Cloud> {
  const kernel = await aKernel(deployment.stateDir);
  const events: PlatformEvent[] = [];
  const lines: LogLine[] = [];
  const bus = { publish: (event: PlatformEvent) => void events.push(structuredClone(event)) };
  const logs = { write: (group: string, stream: string, line: string) => void lines.push({ group, stream, line }) };
  const batch = createBatch(kernel, bus, logs, { vcpus: 2, memoryIntervalMs: 50, ...deployment.options });
  kernel.serve(batch);
  const { queue, definition } = await deployAll(batch, image, deployment);
  await batch.start();
  const client = new BatchClient(kernel.client);
  const { describe, children } = inquiries(client);
  return {
    kernel,
    batch,
    client,
    events,
    lines,
    queue: queue.ref,
    definition: definition.ref,
    describe,
    children,
    submit: async (wish = {}) => {
      const answer = await client.send(
        new SubmitJobCommand({ jobName: 'job', jobQueue: queue.ref, jobDefinition: definition.ref, ...wish }),
      );
      return answer.jobId ?? '';
    },
    reaches: (jobId, status) =>
      eventually(
        `${jobId} to be ${status}`,
        async () => {
          const job = await describe(jobId);
          return job.status === status ? job : undefined;
        },
        25_000,
      ),
    told: (jobId) =>
      events
        .map(({ detail }) => detail as { jobId: string; status: string })
        .flatMap((detail) => (detail.jobId === jobId ? [detail.status] : [])),
    close: async () => {
      client.destroy();
      await kernel.close();
    },
  };
}

/** A folder for state that outlives a cloud. */
export function aStateDir(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'batch-state-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
