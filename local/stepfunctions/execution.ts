import type { EventBus, FunctionInvoker, Kernel, LogSink } from '../kernel/types';
import { Branch } from './branch';
import type { Clock } from './clock';
import { parseDefinition } from './definition';
import { ERROR, Halted, StateError } from './errors';
import { type Entry, EXECUTION_END, type History } from './history';
import { runFlow } from './interpreter';
import { writeLog } from './logging';
import { OpenTasks } from './open-tasks';
import type { Run } from './run';
import { type ExecutionView, snapshotOf, statusEvent, viewOf } from './view';

/** What executions act on. */
export interface World {
  readonly kernel: Kernel;
  readonly functions: FunctionInvoker;
  readonly bus: EventBus;
  readonly logs: LogSink;
  readonly clock: Clock;
}

/** Written once the bus has heard that the execution runs. */
const ANNOUNCED = 'execution:announced';

const WORTH_TELLING = /^(Execution|Task|Evaluation)(Failed|TimedOut|Aborted)$/;

/** Tells the machine's log groups, and failures also the people at the terminal. */
export function tell({ kernel, logs }: World, history: History, event: Entry): void {
  const snapshot = snapshotOf(history);
  writeLog(logs, { facts: snapshot, logging: snapshot.logging }, event);
  const { type = '', data } = event;
  if (WORTH_TELLING.test(type))
    kernel.log(`states: ${snapshot.machineName}/${snapshot.name}: ${type} ${data.error ?? ''} ${data.cause ?? ''}`.trimEnd());
}

/** One running execution in this process; everything that it knows it has from its history. */
export class Execution {
  readonly tasks: OpenTasks;
  private readonly root: Branch;
  private going = false;
  private disarm: () => void = () => undefined;

  constructor(
    readonly history: History,
    private readonly world: World,
    /** Called once, when the execution has closed and the bus knows it. */
    private readonly onClosed: (view: ExecutionView) => void,
  ) {
    this.tasks = new OpenTasks(history);
    this.root = new Branch(history, 0);
  }

  /** Begins, or goes on where a former process left it. */
  go(): void {
    if (this.going) return;
    this.going = true;
    if (this.history.get(EXECUTION_END)) this.announceEnd();
    else this.run();
  }

  /** Ends the execution on request; false when it has ended already. */
  abort(error: string | undefined, cause: string | undefined): boolean {
    return this.close('ExecutionAborted', { error, cause });
  }

  /** Does nothing any more; the history is left for the next process. */
  halt(): void {
    this.disarm();
    this.root.halt();
  }

  private run(): void {
    if (!this.history.get(ANNOUNCED)) {
      this.world.bus.publish(statusEvent(viewOf(this.history)));
      this.history.append({ key: ANNOUNCED, type: undefined, data: {} });
    }
    this.work().catch((thrown) => this.world.kernel.log(`states: ${snapshotOf(this.history).name} stands still: ${String(thrown)}`));
  }

  private async work(): Promise<void> {
    try {
      const { definition, inputText, ...facts } = snapshotOf(this.history);
      const machine = parseDefinition(definition);
      this.armTimeout(facts.startedAt, machine.TimeoutSeconds);
      const input: unknown = JSON.parse(inputText);
      const run: Run = this.runOf({ ...facts, inputText }, input);
      const output = await runFlow(run, machine, { branch: this.root, prefix: '', input, scope: { variables: {} } });
      this.close('ExecutionSucceeded', { output });
    } catch (thrown) {
      if (thrown instanceof Halted) return;
      if (!(thrown instanceof StateError)) throw thrown;
      this.close('ExecutionFailed', { error: thrown.error, cause: thrown.reason });
    }
  }

  private runOf(facts: Run['facts'], input: unknown): Run {
    const { history, tasks } = this;
    const { clock, functions } = this.world;
    const run: Run = { facts, input, history, tasks, clock, functions, flow: (flow, entry) => runFlow(run, flow, entry) };
    return run;
  }

  private armTimeout(startedAt: number, seconds: number | undefined): void {
    if (seconds === undefined) return;
    const text = `the state machine has run for its TimeoutSeconds, ${seconds}`;
    this.disarm = this.world.clock.at(
      startedAt + seconds * 1000,
      () => void this.close('ExecutionTimedOut', { error: ERROR.timeout, cause: text }),
    );
  }

  private close(type: 'ExecutionSucceeded' | 'ExecutionFailed' | 'ExecutionAborted' | 'ExecutionTimedOut', data: Entry['data']): boolean {
    if (this.history.get(EXECUTION_END)) return false;
    this.history.append({ key: EXECUTION_END, type, previous: this.history.latestId, data });
    this.halt();
    this.announceEnd();
    return true;
  }

  private announceEnd(): void {
    const view = viewOf(this.history);
    this.world.bus.publish(statusEvent(view));
    this.onClosed(view);
  }
}
