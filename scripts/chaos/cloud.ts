import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { BatchClient } from '@aws-sdk/client-batch';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { FaultPlan } from '../../local/faults/plan';
import { credentialsOf, type Environment } from '../../test/support/signed-fetch';

const ROOT = path.join(__dirname, '..', '..');
const STATE_MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:Batchwright-ControlPlane-run';

/** What `local up --json` prints. */
interface Announced {
  readonly endpoint: string;
  readonly buckets: { readonly input: string; readonly output: string; readonly state: string };
  readonly environment: Environment;
}

/** Clients of the administrator, whom no fault befalls. */
export interface Clients {
  readonly s3: S3Client;
  readonly sfn: SFNClient;
  readonly batch: BatchClient;
}

export interface CloudFolders {
  readonly stateDir: string;
  readonly jobsDir: string;
}

/** A local cloud as a process of its own, so that it can be killed; it continues on the same state. */
export class ChaosCloud {
  readonly stateMachineArn = STATE_MACHINE;
  private child: ChildProcess | undefined;
  private announced: Announced | undefined;
  private made: Clients | undefined;
  restarts = 0;

  constructor(
    readonly folders: CloudFolders,
    private faults: FaultPlan,
  ) {}

  private get announcement(): Announced {
    if (!this.announced) throw new Error('the cloud is not up');
    return this.announced;
  }

  get endpoint(): string {
    return this.announcement.endpoint;
  }

  /** Variables of the operator. */
  get environment(): Environment {
    return this.announcement.environment;
  }

  get buckets(): Announced['buckets'] {
    return this.announcement.buckets;
  }

  get clients(): Clients {
    if (!this.made) throw new Error('the cloud is not up');
    return this.made;
  }

  /** A plain file of an object's newest version. */
  file(bucket: keyof Announced['buckets'], key: string): string {
    return path.join(this.folders.stateDir, 's3', this.buckets[bucket], key);
  }

  async start(): Promise<void> {
    const { stateDir, jobsDir } = this.folders;
    const plan = path.join(path.dirname(stateDir), 'faults.json');
    writeFileSync(plan, JSON.stringify(this.faults));
    const args = ['cli/batchwright.js', 'local', 'up', '--json', '--quiet', '--jobs', jobsDir, '--state', stateDir, '--faults', plan];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    child.stderr.pipe(createWriteStream(path.join(path.dirname(stateDir), 'cloud.log'), { flags: 'a' }));
    this.announced = JSON.parse(await firstLine(child)) as Announced;
    this.made = clientsOf(this.announced);
  }

  /** SIGKILL, as a power cut; answers when the process is gone. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Goes on with other faults. */
  async restart(faults: FaultPlan = this.faults): Promise<void> {
    await this.end('SIGKILL');
    this.faults = faults;
    this.restarts += 1;
    await this.start();
  }

  /** Ctrl-C. */
  async stop(): Promise<void> {
    await this.end('SIGINT');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    for (const client of Object.values(this.made ?? {})) client.destroy();
    this.made = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout) createInterface(child.stdout).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the local cloud ended with ${code} before it was up: see cloud.log beside its state`)));
  });
}

function clientsOf({ endpoint, environment }: Announced): Clients {
  const config = {
    endpoint,
    region: 'us-east-1',
    credentials: credentialsOf(environment),
    maxAttempts: 5,
    requestHandler: { requestTimeout: 30_000 },
  };
  return { s3: new S3Client({ ...config, forcePathStyle: true }), sfn: new SFNClient(config), batch: new BatchClient(config) };
}
