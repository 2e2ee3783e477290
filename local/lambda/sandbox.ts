import { join } from 'node:path';
import { isNativeError } from 'node:util/types';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { FunctionDefinition } from './definition';

/** What a failed invocation answers with. */
export interface InvocationFailure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type Answer =
  | { readonly kind: 'done'; readonly json: string; readonly heapBytes: number }
  | { readonly kind: 'error'; readonly failure: InvocationFailure; readonly heapBytes: number }
  /** The thread is of no further use. */
  | { readonly kind: 'fatal'; readonly failure: InvocationFailure; readonly timedOut?: boolean };

export interface Invocation {
  readonly requestId: string;
  /** JSON text. */
  readonly event: string;
  readonly context: Readonly<Record<string, unknown>>;
}

const Failure = z.object({ errorType: z.string(), errorMessage: z.string(), trace: z.array(z.string()).optional() });
const Message = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('log'), text: z.string() }),
  z.object({ kind: z.literal('done'), json: z.string(), heapBytes: z.number() }),
  z.object({ kind: z.literal('error'), failure: Failure, heapBytes: z.number() }),
  z.object({ kind: z.literal('fatal'), failure: Failure }),
]);

/** AWS allows 10 s, then starts over within the function's timeout; a busy laptop may need longer to read a bundle. */
const INIT_LIMIT_MS = 30_000;

const fatal = (errorType: string, errorMessage: string, trace: readonly string[] = []): Answer => ({
  kind: 'fatal',
  failure: { errorType, errorMessage, trace },
});

const exitMessage = (code: number): string =>
  code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${code}`;

function crash(thrown: unknown): Answer {
  const error = isNativeError(thrown) ? thrown : new Error(String(thrown));
  const outOfMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
  return outOfMemory
    ? fatal('Runtime.OutOfMemory', 'Runtime exited with error: signal: killed')
    : fatal(error.name, error.message, error.stack?.split('\n'));
}

interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  log(text: string): void;
}

/** One worker thread that holds a function's loaded code and runs one invocation at a time. */
export class Sandbox {
  private readonly worker: Worker;
  private readonly startedAt = performance.now();
  private settle: ((answer: Answer) => void) | undefined;
  private dead: Answer | undefined;
  private ready = false;
  private timer: NodeJS.Timeout | undefined;
  private onReady: (() => void) | undefined;
  /** How long loading took; undefined until it is done. */
  initMs: number | undefined;

  constructor(
    private readonly definition: FunctionDefinition,
    surroundings: Surroundings,
  ) {
    this.worker = new Worker(join(__dirname, 'runtime.cjs'), {
      workerData: { root: definition.root, handler: definition.handler },
      env: { ...surroundings.env },
      argv: [],
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: definition.memoryMb },
    });
    this.worker.on('message', (message) => this.hear(Message.parse(message), surroundings));
    this.worker.on('error', (thrown) => this.die(crash(thrown)));
    this.worker.on('exit', (code) => this.die(fatal('Runtime.ExitError', exitMessage(code))));
  }

  /** Whether another invocation may follow. */
  get usable(): boolean {
    return this.dead === undefined;
  }

  /** Loads the code if that is still to be done, then runs; the function's timeout covers the run only. */
  run({ event, context }: Invocation): Promise<Answer> {
    return new Promise((resolve) => {
      this.limit(INIT_LIMIT_MS);
      this.settle = (answer) => {
        clearTimeout(this.timer);
        this.settle = undefined;
        resolve(answer);
      };
      const go = (): void => {
        const timeoutMs = this.definition.timeoutSeconds * 1000;
        this.limit(timeoutMs);
        this.worker.postMessage({ event, context, deadlineMs: Date.now() + timeoutMs });
      };
      if (this.dead) this.settle(this.dead);
      else if (this.ready) go();
      else this.onReady = go;
    });
  }

  /** Ends the thread in the middle of its work, as the platform does with one that misbehaves. */
  kill(): void {
    this.die(fatal('Runtime.ExitError', 'Runtime exited with error: signal: killed'));
  }

  /** Ends the thread; an invocation under way is never answered, as if the machine had lost its power. */
  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.settle = undefined;
    this.onReady = undefined;
    await this.worker.terminate();
  }

  private limit(ms: number): void {
    clearTimeout(this.timer);
    const message = `Task timed out after ${(ms / 1000).toFixed(2)} seconds`;
    this.timer = setTimeout(() => {
      this.die({ kind: 'fatal', timedOut: true, failure: { errorType: 'Sandbox.Timedout', errorMessage: message } });
    }, ms);
  }

  private hear(message: z.infer<typeof Message>, { log }: Surroundings): void {
    if (message.kind === 'log') log(message.text);
    else if (message.kind === 'ready') this.loaded();
    else if (message.kind === 'fatal') this.die(message);
    else this.settle?.(message);
  }

  private loaded(): void {
    this.initMs = performance.now() - this.startedAt;
    this.ready = true;
    this.onReady?.();
  }

  /** The first cause of death is the one that counts. */
  private die(cause: Answer): void {
    this.dead ??= cause;
    this.settle?.(this.dead);
    void this.worker.terminate();
  }
}
