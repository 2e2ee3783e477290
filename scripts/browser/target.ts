import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import {
  BatchClient,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
  type JobStatus,
  ListJobsCommand,
} from '@aws-sdk/client-batch';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { credentialsOf, type Environment } from '../../test/support/signed-fetch';

const ROOT = path.join(__dirname, '..', '..');
const STATE_MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:Batchwright-ControlPlane-run';
const STATUSES: readonly JobStatus[] = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED', 'FAILED'];

/** What `local up --json` prints. */
interface Announced {
  readonly endpoint: string;
  readonly buckets: Readonly<Record<string, string>>;
  readonly environment: Environment;
}

/** Everything that a request could have changed. */
export interface Snapshot {
  readonly objects: readonly string[];
  readonly jobs: readonly string[];
  readonly executions: readonly string[];
}

/** The local cloud as a user starts it, with its log. */
export class Target {
  private readonly lines: string[] = [];
  readonly s3: S3Client;
  readonly batch: BatchClient;
  private readonly sfn: SFNClient;

  private constructor(
    private readonly child: ChildProcess,
    readonly stateDir: string,
    readonly announced: Announced,
  ) {
    const { endpoint, environment } = announced;
    const config = { endpoint, region: 'us-east-1', credentials: credentialsOf(environment) };
    this.s3 = new S3Client({ ...config, forcePathStyle: true });
    this.batch = new BatchClient(config);
    this.sfn = new SFNClient(config);
  }

  static async start(stateDir: string): Promise<Target> {
    const args = ['cli/batchwright.js', 'local', 'up', '--json', '--jobs', 'scripts/chaos/jobs', '--state', stateDir];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createInterface({ input: child.stderr });
    const early: string[] = [];
    const remember = (line: string): void => void early.push(line);
    log.on('line', remember);
    const announced = await firstLine(child, early);
    const target = new Target(child, stateDir, announced);
    log.off('line', remember).on('line', (line) => target.lines.push(line));
    return target;
  }

  get port(): number {
    return Number(new URL(this.announced.endpoint).port);
  }

  /** The port on which the command line proves that it holds the state folder. */
  get lockPort(): number {
    return (JSON.parse(readFileSync(path.join(this.stateDir, 'lock.json'), 'utf8')) as { readonly port: number }).port;
  }

  /** What the cloud logged since the last call. */
  takeLog(): readonly string[] {
    return this.lines.splice(0);
  }

  /** Names for a job that could be submitted. */
  async jobNames(): Promise<{ readonly jobQueue: string; readonly jobDefinition: string }> {
    const { jobQueues = [] } = await this.batch.send(new DescribeJobQueuesCommand({}));
    const { jobDefinitions = [] } = await this.batch.send(new DescribeJobDefinitionsCommand({ status: 'ACTIVE' }));
    return { jobQueue: jobQueues[0]?.jobQueueName ?? '', jobDefinition: jobDefinitions[0]?.jobDefinitionArn ?? '' };
  }

  async snapshot(): Promise<Snapshot> {
    const buckets = Object.values(this.announced.buckets);
    return {
      objects: (await Promise.all(buckets.map((bucket) => this.versions(bucket)))).flat(),
      jobs: await this.jobs(),
      executions: ((await this.sfn.send(new ListExecutionsCommand({ stateMachineArn: STATE_MACHINE }))).executions ?? []).map(
        ({ executionArn }) => String(executionArn),
      ),
    };
  }

  async stop(): Promise<void> {
    for (const client of [this.s3, this.batch, this.sfn]) client.destroy();
    if (this.child.exitCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGINT');
    await gone;
  }

  private async versions(bucket: string): Promise<readonly string[]> {
    const { Versions = [], DeleteMarkers = [] } = await this.s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    return [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => `${bucket}/${Key}@${VersionId}`);
  }

  private async jobs(): Promise<readonly string[]> {
    const { jobQueues = [] } = await this.batch.send(new DescribeJobQueuesCommand({}));
    const listed = jobQueues.flatMap(({ jobQueueName }) =>
      STATUSES.map((jobStatus) => this.batch.send(new ListJobsCommand({ jobQueue: jobQueueName, jobStatus }))),
    );
    return (await Promise.all(listed)).flatMap(({ jobSummaryList = [] }) => jobSummaryList.map(({ jobId }) => String(jobId))).toSorted();
  }
}

function firstLine(child: ChildProcess, log: readonly string[]): Promise<Announced> {
  return new Promise((resolve, reject) => {
    if (child.stdout) createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line) as Announced));
    child.once('exit', (code) => reject(new Error(`the local cloud ended with ${code} before it was up:\n${log.join('\n')}`)));
  });
}
