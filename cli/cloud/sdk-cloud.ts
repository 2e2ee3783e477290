import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { HeadObjectCommand, NotFound, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, ExecutionDoesNotExist, GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { clientOptions } from '../../adapters/aws/client-options';
import { createObjectStore } from '../../adapters/aws/object-store';
import type { ObjectStore } from '../../adapters/ports';
import type { ObjectRef } from '../../core/contracts';
import type { Report } from '../../core/report-contract';
import { CloudError } from '../errors';
import type { Cloud, PutFile, RunState, UnusedPermission } from './port';
import { ProgressReader } from './progress-reader';
import { putFile } from './upload';

export interface SdkCloudOptions {
  readonly endpoint: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly buckets: Cloud['buckets'];
  readonly stateMachineArn: string;
  readonly unusedPermissions: Cloud['unusedPermissions'];
  readonly stop: () => Promise<void>;
}

/** The newest events tell the state; entering one is rarely more than this many events ago. */
const EVENTS_LOOKED_AT = 20;

/** A deployment seen through the ordinary AWS clients. */
export class SdkCloud implements Cloud {
  readonly endpoint: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly buckets: Cloud['buckets'];
  private readonly s3: S3Client;
  private readonly sfn: SFNClient;
  private readonly events: EventBridgeClient;
  private readonly readers = new Map<string, ProgressReader>();

  constructor(private readonly options: SdkCloudOptions) {
    const { endpoint, environment, buckets } = options;
    const credentials = { accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '' };
    const config = { ...clientOptions(), endpoint, region: environment.AWS_REGION ?? 'us-east-1', credentials };
    this.endpoint = endpoint;
    this.environment = environment;
    this.buckets = buckets;
    this.s3 = new S3Client({ ...config, forcePathStyle: true });
    this.sfn = new SFNClient(config);
    this.events = new EventBridgeClient(config);
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

  async request(request: { readonly job: string; readonly objects: readonly ObjectRef[]; readonly nonce?: string }): Promise<void> {
    const entry = { Source: 'batchwright', DetailType: 'Run Requested', Detail: JSON.stringify(request) };
    const { FailedEntryCount, Entries } = await this.events.send(new PutEventsCommand({ Entries: [entry] }));
    if ((FailedEntryCount ?? 0) > 0) throw new CloudError(`the request was not taken: ${Entries?.[0]?.ErrorMessage ?? 'no reason given'}`);
  }

  async look(runId: string): Promise<RunState | undefined> {
    const executionArn = `${this.options.stateMachineArn.replace(':stateMachine:', ':execution:')}:${runId}`;
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

  report(runId: string): Promise<Report | undefined> {
    return this.reader(runId).report();
  }

  unusedPermissions(): readonly UnusedPermission[] {
    return this.options.unusedPermissions();
  }

  async stop(): Promise<void> {
    for (const client of [this.s3, this.sfn, this.events]) client.destroy();
    await this.options.stop();
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
