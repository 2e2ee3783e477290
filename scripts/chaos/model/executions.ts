import type { Executions } from '../../../adapters/ports';
import type { ExecutionInput } from '../../../core/contracts';
import type { ExecutionStatus } from '../../../core/operate/sweep';
import type { Deps } from '../../../lambda/runtime';
import type { Actor } from './actor';
import { type Clock, SECOND_MS } from './clock';
import { Execution } from './execution';

interface Started {
  readonly execution: Execution;
  readonly input: ExecutionInput;
  status: ExecutionStatus;
}

interface Waiting {
  readonly execution: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: Error) => void;
}

export interface ExecutionsParts {
  readonly clock: Clock;
  readonly portsOf: (actor: Actor) => Deps;
  readonly onCommit: (input: ExecutionInput) => void;
  readonly twoCommitters: () => boolean;
  readonly random: () => number;
}

/** Step Functions: executions by name, and the tokens that they wait for. */
export class ModelExecutions implements Executions {
  readonly stateMachine = 'arn:machine';
  readonly started = new Map<string, Started>();
  private readonly waiting = new Map<string, Waiting>();

  constructor(private readonly parts: ExecutionsParts) {}

  get running(): readonly string[] {
    return [...this.started].flatMap(([name, { status }]) => (status === 'RUNNING' ? [name] : []));
  }

  async start(name: string, input: unknown): Promise<boolean> {
    if (this.started.has(name)) return false;
    const { clock, ...parts } = this.parts;
    const given = input as ExecutionInput;
    const wait = (seconds: number): void => clock.advance(seconds * SECOND_MS);
    const waitFor = (token: string) => new Promise((resolve, reject) => void this.waiting.set(token, { execution: name, resolve, reject }));
    const execution = new Execution({ ...parts, name, input: given, startedAt: clock.now(), waitFor, wait });
    const record: Started = { execution, input: given, status: 'RUNNING' };
    this.started.set(name, record);
    const end = (status: ExecutionStatus): void => {
      if (record.status === 'RUNNING') record.status = status;
    };
    execution.run().then(
      (status) => end(status === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED'),
      () => end('FAILED'),
    );
    return true;
  }

  async status(name: string): Promise<ExecutionStatus | undefined> {
    return this.started.get(name)?.status;
  }

  async succeed(token: string, output: unknown): Promise<boolean> {
    const wake = this.waiting.get(token);
    if (!wake || this.started.get(wake.execution)?.status !== 'RUNNING') return false;
    this.waiting.delete(token);
    wake.resolve(output);
    return true;
  }

  async secondsByState(): Promise<Readonly<Record<string, number>>> {
    return { Plan: 1, Round: 2 };
  }

  /** Ends an execution from outside; its functions go on, its tokens are spent. */
  stop(name: string, status: 'TIMED_OUT' | 'ABORTED'): void {
    const record = this.started.get(name);
    if (record?.status !== 'RUNNING') return;
    record.status = status;
    record.execution.stop();
  }

  /** A day passes: whoever still waits for an array waits no longer. */
  expireTokens(): void {
    const expired = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of expired) reject(Object.assign(new Error('the array took too long'), { name: 'States.Timeout' }));
  }
}
