import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchClient } from '@aws-sdk/client-batch';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { HeadObjectCommand, NotFound, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, ExecutionDoesNotExist, GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { createBatchEngine, type Queues } from '../../adapters/aws/batch-engine';
import { clientOptions } from '../../adapters/aws/client-options';
import { createExecutions } from '../../adapters/aws/executions';
import { createVersionListing } from '../../adapters/aws/listing';
import { createObjectStore } from '../../adapters/aws/object-store';
import { createOpenRuns } from '../../adapters/aws/open-runs';
import { createJson, readJson } from '../../adapters/json';
import type { ObjectStore, VersionListing } from '../../adapters/ports';
import { type ObjectRef, SweepRecord } from '../../core/contracts';
import { isSweepOf, runRequestKey, sweepsPrefix } from '../../core/keys';
import type { Report } from '../../core/report/report-contract';
import { runIdOf } from '../../core/run-id';
import { executionName } from '../../core/submit/execution-names';
import { CloudError } from '../errors';
import type { Cloud, Control, PutFile, RunRequest, RunState, UnusedPermission } from './port';
import { ProgressReader } from './progress-reader';
import { putFile } from './upload';

export interface SdkCloudOptions {
  readonly endpoint: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly buckets: Cloud['buckets'];
  readonly stateMachineArn: string;
  readonly queues: Queues;
  readonly unusedPermissions: Cloud['unusedPermissions'];
  readonly stop: () => Promise<void>;
}

/** The newest events tell the state; entering one is rarely more than this many events ago. */
const EVENTS_LOOKED_AT = 20;
/** A sweep looks at every open run; the function itself has five minutes. */
const SWEEP_WITHIN_SECONDS = 300;

/** A deployment seen through the ordinary AWS clients. */
export class SdkCloud implements Cloud {
  readonly endpoint: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly buckets: Cloud['buckets'];
  private readonly s3: S3Client;
  private readonly sfn: SFNClient;
  private readonly events: EventBridgeClient;
  private readonly batch: BatchClient;
  readonly control: Control;
  private readonly readers = new Map<string, ProgressReader>();

  constructor(private readonly options: SdkCloudOptions) {
    const { endpoint, environment, buckets } = options;
    const credentials = {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
      ...(environment.AWS_SESSION_TOKEN && { sessionToken: environment.AWS_SESSION_TOKEN }),
    };
    const config = { ...clientOptions(), endpoint, region: environment.AWS_REGION ?? 'us-east-1', credentials };
    this.endpoint = endpoint;
    this.environment = environment;
    this.buckets = buckets;
    this.s3 = new S3Client({ ...config, forcePathStyle: true });
    this.sfn = new SFNClient(config);
    this.events = new EventBridgeClient(config);
    this.batch = new BatchClient(config);
    this.control = {
      state: this.store(buckets.state),
      batch: createBatchEngine(options.queues, this.batch),
      executions: createExecutions(options.stateMachineArn, this.sfn),
      open: createOpenRuns(buckets.state, this.s3),
    };
  }

  put(key: string, file: string, options: { readonly again: boolean }): Promise<PutFile> {
    return putFile({ s3: this.s3, bucket: this.buckets.input, key }, file, options);
  }

  async find({ bucket, key }: { readonly bucket: string; readonly key: string }): Promise<ObjectRef | undefined> {
    try {
      const { VersionId } = await this.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      return { bucket, key, versionId: VersionId ?? 'null' };
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }

  store(bucket: string): ObjectStore {
    return createObjectStore(bucket, this.s3);
  }

  listing(bucket: string, onRequest?: () => void): VersionListing {
    return createVersionListing(bucket, { ...(onRequest && { onRequest }) }, this.s3);
  }

  async request(request: RunRequest): Promise<void> {
    await this.send('Run Requested', 'objects' in request ? await this.writeRequest(request) : request);
  }

  /** Objects may be more than an event holds, so they are written down and the event names where. */
  private async writeRequest(request: Extract<RunRequest, { readonly objects: unknown }>): Promise<{ job: string; request: string }> {
    const { job, objects, nonce } = request;
    const name = runIdOf(job, objects, nonce);
    await createJson(this.control.state, runRequestKey(job, name), { schema: 'request.v1', ...request });
    return { job, request: name };
  }

  async look(runId: string, drive = 0, execution = executionName(runId, drive)): Promise<RunState | undefined> {
    const executionArn = `${this.options.stateMachineArn.replace(':stateMachine:', ':execution:')}:${execution}`;
    try {
      const { status, cause } = await this.sfn.send(new DescribeExecutionCommand({ executionArn }));
      const running = status === 'RUNNING';
      const state = running ? await this.currentState(executionArn) : undefined;
      const progress = await this.reader(runId).look();
      return { status: knownStatus(status), ...(state !== undefined && { state }), ...(cause !== undefined && { cause }), ...progress };
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return undefined;
      throw error;
    }
  }

  report(runId: string, drive = 0): Promise<Report | undefined> {
    return this.reader(runId).report(drive);
  }

  async sweep(): Promise<SweepRecord> {
    const request = randomUUID();
    await this.send('Sweep Requested', { request });
    for (let looks = 0; looks < SWEEP_WITHIN_SECONDS; looks++) {
      for await (const { key } of this.control.state.list(sweepsPrefix)) {
        if (isSweepOf(key, request)) return readJson(this.control.state, key, SweepRecord);
      }
      await sleep(1000);
    }
    throw new CloudError(`the sweep left no record within ${SWEEP_WITHIN_SECONDS} s: look into the log of the sweep function`);
  }

  unusedPermissions(): readonly UnusedPermission[] {
    return this.options.unusedPermissions();
  }

  async stop(): Promise<void> {
    for (const client of [this.s3, this.sfn, this.events, this.batch]) client.destroy();
    await this.options.stop();
  }

  private async send(detailType: string, detail: unknown): Promise<void> {
    const entry = { Source: 'batchwright', DetailType: detailType, Detail: JSON.stringify(detail) };
    const { FailedEntryCount, Entries } = await this.events.send(new PutEventsCommand({ Entries: [entry] }));
    if ((FailedEntryCount ?? 0) > 0) throw new CloudError(`the request was not taken: ${Entries?.[0]?.ErrorMessage ?? 'no reason given'}`);
  }

  private async currentState(executionArn: string): Promise<string | undefined> {
    const newest = { executionArn, reverseOrder: true, maxResults: EVENTS_LOOKED_AT };
    const { events } = await this.sfn.send(new GetExecutionHistoryCommand(newest));
    return events?.find(({ stateEnteredEventDetails }) => stateEnteredEventDetails)?.stateEnteredEventDetails?.name;
  }

  private reader(runId: string): ProgressReader {
    const reader = this.readers.get(runId) ?? new ProgressReader(this.s3, this.buckets.state, runId);
    this.readers.set(runId, reader);
    return reader;
  }
}

/** A run waiting to be redriven has not ended. */
const knownStatus = (status: string | undefined): RunState['status'] =>
  status === 'SUCCEEDED' || status === 'FAILED' || status === 'TIMED_OUT' || status === 'ABORTED' ? status : 'RUNNING';
