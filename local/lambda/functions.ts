import { randomUUID } from 'node:crypto';
import type { InvocationFaults } from '../kernel/disturbances';
import { ApiError, NotEmulatedError } from '../kernel/errors';
import { ACCOUNT, type Caller, type FunctionResult, type Kernel, type LogSink } from '../kernel/types';
import { arnOf } from '../messaging/names';
import type { ServiceCaller } from '../messaging/service-caller';
import type { FunctionDefinition } from './definition';
import { environmentOf } from './environment';
import { LogStream } from './log-stream';
import { Pool } from './pool';
import { contextOf, reportOf } from './report';
import { type Answer, type InvocationFailure, Sandbox } from './sandbox';

/** Lambda's limit for payloads of synchronous calls, both ways. */
const PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024;

interface Thread extends Pick<Sandbox, 'usable' | 'stop' | 'run' | 'initMs' | 'kill'> {}

/** A sandbox with its own log stream. */
class LoggedSandbox {
  readonly sandbox: Thread;
  /** Without hyphens, behind which libraries append their own names. */
  readonly id = randomUUID().replaceAll('-', '');
  fresh = true;
  constructor(
    definition: FunctionDefinition,
    readonly log: LogStream,
    kernel: Kernel,
  ) {
    const env = { ...environmentOf(definition, log.name, kernel), AWS_SDK_UA_APP_ID: this.id };
    this.sandbox = new Sandbox(definition, { env, log: (text) => log.write(text) });
  }
  get usable(): boolean {
    return this.sandbox.usable;
  }
  stop(): Promise<void> {
    return this.sandbox.stop();
  }
}

interface Deployed {
  readonly definition: FunctionDefinition;
  readonly pool: Pool<LoggedSandbox>;
}

export const functionArn = (name: string): string => arnOf('lambda', `function:${name}`);

/** The function's name in an ARN, a partial ARN or a name, any of them with a version or alias behind it. */
export function functionName(reference: string): string {
  const [, tail = reference] = /(?:^|:)function:(.+)$/.exec(reference) ?? [];
  return tail.split(':')[0] ?? tail;
}

const failed = (failure: InvocationFailure): FunctionResult => ({
  payload: failure,
  error: { type: failure.errorType, message: failure.errorMessage },
});

const reasonOf = (answer: Answer, requestId: string): InvocationFailure | undefined => {
  if (answer.kind === 'done') return undefined;
  if (answer.kind === 'error') return answer.failure;
  const platform = /^(Sandbox|Runtime)\.(Timedout|ExitError|OutOfMemory)$/.test(answer.failure.errorType);
  return platform
    ? { errorType: answer.failure.errorType, errorMessage: `RequestId: ${requestId} Error: ${answer.failure.errorMessage}` }
    : answer.failure;
};

function resultOf(answer: Answer): FunctionResult {
  if (answer.kind !== 'done') return failed(answer.failure);
  if (Buffer.byteLength(answer.json) > PAYLOAD_LIMIT_BYTES) {
    return failed({
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: `Response payload size exceeded maximum allowed payload size (${PAYLOAD_LIMIT_BYTES} bytes).`,
    });
  }
  return { payload: JSON.parse(answer.json) };
}

/** All functions of the local account and their threads. */
export class Functions {
  private readonly deployed = new Map<string, Deployed>();
  private readonly pools: Pool<LoggedSandbox>[] = [];

  constructor(
    private readonly kernel: Kernel,
    private readonly logs: LogSink,
    private readonly faults: InvocationFaults = ({ run }) => run(),
  ) {}

  /** A new definition gets new threads; invocations under way end in the old ones. */
  deploy(definition: FunctionDefinition): void {
    const open = (): LoggedSandbox => new LoggedSandbox(definition, new LogStream(definition, this.logs, this.kernel), this.kernel);
    const pool = new Pool(definition, open);
    this.pools.push(pool);
    this.deployed.set(definition.name, { definition, pool });
  }

  all(): readonly FunctionDefinition[] {
    return [...this.deployed.values()].map(({ definition }) => definition);
  }

  find(reference: string): Deployed {
    const found = this.deployed.get(functionName(reference));
    if (!found) throw new ApiError('ResourceNotFoundException', `Function not found: ${functionArn(functionName(reference))}`, 404);
    return found;
  }

  /** Runs a function for a caller that needs lambda:InvokeFunction. */
  async invoke(reference: string, payload: unknown, caller: Caller | ServiceCaller): Promise<FunctionResult> {
    const resource = reference.startsWith('arn:') ? reference : functionArn(reference);
    const context = 'sourceArn' in caller ? { 'aws:SourceArn': caller.sourceArn, 'aws:SourceAccount': ACCOUNT } : undefined;
    this.kernel.authorize({ caller: { kind: caller.kind, arn: caller.arn }, action: 'lambda:InvokeFunction', resource, context });
    return this.execute(reference, payload);
  }

  /** Runs a function without asking who calls, as Lambda's own pollers do. */
  async execute(reference: string, payload: unknown): Promise<FunctionResult> {
    const { definition, pool } = this.find(reference);
    if (definition.notEmulated) throw new NotEmulatedError(definition.notEmulated);
    const event = JSON.stringify(payload ?? null);
    const bytes = Buffer.byteLength(event);
    if (bytes > PAYLOAD_LIMIT_BYTES) {
      throw new ApiError('RequestTooLargeException', `the payload has ${bytes} bytes, ${PAYLOAD_LIMIT_BYTES} are allowed`, 413);
    }
    return this.faults({
      name: definition.name,
      run: (takenUp) =>
        pool.lend((thread) => {
          takenUp?.({ id: thread.id, kill: () => thread.sandbox.kill() });
          return this.run(definition, thread, event);
        }),
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.pools.map((pool) => pool.stop()));
  }

  private async run(definition: FunctionDefinition, thread: LoggedSandbox, event: string): Promise<FunctionResult> {
    const requestId = randomUUID();
    const { log, sandbox } = thread;
    log.write(`START RequestId: ${requestId} Version: $LATEST`);
    const startedAt = performance.now();
    const answer = await sandbox.run({ requestId, event, context: contextOf(definition, requestId, log.name) });
    const initMs = thread.fresh ? (sandbox.initMs ?? 0) : undefined;
    thread.fresh = false;
    const failure = reasonOf(answer, requestId);
    if (failure) log.write(`${new Date().toISOString()}\t${requestId}\tERROR\tInvoke Error \t${JSON.stringify(failure)}`);
    log.write(`END RequestId: ${requestId}`);
    log.write(reportOf({ definition, requestId, answer, initMs, elapsedMs: performance.now() - startedAt }));
    return failure ? failed(failure) : resultOf(answer);
  }
}
