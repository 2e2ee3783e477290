import type { IncomingMessage, ServerResponse } from 'node:http';

/** What the local cloud's services share: who calls, what a service is, and the wires between services. */

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';

/** Who signed a request: a role of the template, or the person at the keyboard, who may do anything. */
export interface Caller {
  readonly kind: 'role' | 'admin';
  readonly arn: string;
}

export interface AccessRequest {
  readonly caller: Caller;
  /** As in a policy, e.g. `s3:PutObject`. */
  readonly action: string;
  /** ARN, or `*` for actions without resource-level permissions. */
  readonly resource: string;
  /** Condition keys present in the request, e.g. `s3:if-none-match`. An absent key is absent. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

export interface Kernel {
  /** Folder that holds everything that survives a restart; a service keeps its own in `<stateDir>/<service>/`. */
  readonly stateDir: string;
  /** `http://127.0.0.1:<port>`, for every service; known from the start. */
  readonly endpoint: string;
  /** Throws `AccessDeniedError` unless the role's policies and the resource's own policy allow the call. */
  authorize(request: AccessRequest): void;
  /** AWS_* variables for a process that runs as this role: endpoint, region, credentials. */
  environmentFor(roleArn: string): Readonly<Record<string, string>>;
  /** For people; never data. */
  log(line: string): void;
}

/** Signatures of a body that is signed chunk by chunk; each continues the one before. Hashes are SHA-256 in hex. */
export interface ChunkSignatures {
  /** The request's own. */
  readonly seed: string;
  ofChunk(previous: string, hash: string): Promise<string>;
  ofTrailers(previous: string, hash: string): Promise<string>;
}

/** One HTTP request, with its signer proven. */
export interface ApiRequest {
  readonly http: IncomingMessage;
  readonly url: URL;
  readonly caller: Caller;
  readonly requestId: string;
  /** Of a body whose chunks are signed. */
  readonly chunkSignatures?: ChunkSignatures;
}

export interface Service {
  /** The service in SigV4's credential scope: `s3`, `states`, `batch`, `sqs`, `events`, `sns`, `logs`, `monitoring`, `lambda`. */
  readonly signingName: string;
  handle(request: ApiRequest, response: ServerResponse): Promise<void>;
  /** CloudFormation resource types that this service brings up. */
  readonly providers: readonly ResourceProvider[];
  /** Called once all resources exist: takes up the work that a former process left. */
  start(): Promise<void>;
  /** Stops working at once and releases processes and timers; state stays on disk. */
  stop(): Promise<void>;
}

/** A resource of a template whose intrinsics are not resolved yet. */
export interface ResourceIdentity {
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Resolves intrinsics inside a value. */
  resolve(value: unknown): unknown;
}

/** A resource with every intrinsic resolved. */
export interface DeployedResource {
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Absolute folder of a local asset, by the S3 object key or image tag that the template names. */
  assetPath(locator: string): string;
}

export interface ResourceProvider {
  readonly type: string;
  /** What `Ref` and `Fn::GetAtt` give; a pure function of stack, logical id and explicit names, so that it is the same after a restart. */
  identify(identity: ResourceIdentity): { readonly ref: string; readonly attributes: Readonly<Record<string, string>> };
  /** Brings the resource up, or up to date when it exists already; never loses its data. */
  create(resource: DeployedResource): Promise<void>;
}

/** An event as EventBridge carries it. */
export interface PlatformEvent {
  readonly source: string;
  readonly detailType: string;
  readonly detail: unknown;
  readonly resources?: readonly string[];
}

/** Wires between services; the service on the far end checks permissions as AWS would. */
export interface EventBus {
  /** Durable before it returns; delivered at least once. */
  publish(event: PlatformEvent): void;
}

export interface FunctionResult {
  readonly payload: unknown;
  /** Set when the function threw, timed out or could not be started. */
  readonly error?: { readonly type: string; readonly message: string };
}

export interface FunctionInvoker {
  /** Runs a function and waits for its answer. `caller` needs lambda:InvokeFunction. */
  invoke(functionArn: string, payload: unknown, caller: Caller): Promise<FunctionResult>;
}

export interface QueueMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly receiveCount: number;
  readonly sentAtMs: number;
}

export interface Queues {
  /** Durable before it returns. */
  send(queueArn: string, body: string): void;
  receive(queueArn: string, max: number, visibilitySeconds: number): readonly QueueMessage[];
  remove(queueArn: string, receiptHandle: string): void;
  /** Makes a received message visible again at once. */
  release(queueArn: string, receiptHandle: string): void;
  /** Calls back whenever messages may have become visible. */
  onMessages(queueArn: string, listener: () => void): void;
}

export interface LogSink {
  /** Appends one line to `<group>/<stream>`; embedded-metric-format lines are counted as metrics too. */
  write(group: string, stream: string, line: string): void;
}
