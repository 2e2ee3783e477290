import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ExecutionStatus } from '@aws-sdk/client-sfn';
import { ApiError } from '../kernel/errors';
import { Journal } from '../kernel/journal';
import { arnOf } from '../messaging/names';
import { Execution, tell, type World } from './execution';
import { type Entry, History } from './history';
import type { StateMachine } from './machines';
import { EXECUTION_START, type ExecutionView, type Snapshot } from './view';

/** What is known of an execution without reading its history. */
export interface Row {
  readonly arn: string;
  readonly machineArn: string;
  readonly name: string;
  readonly startedAt: number;
  readonly status: ExecutionStatus;
  readonly stoppedAt?: number | undefined;
}

const fileName = (name: string): string => (/^[\w-]+$/.test(name) ? name : `~${createHash('sha256').update(name).digest('hex')}`);

/** All executions: an index of what was started and what has closed, and one history each. */
export class Executions {
  private readonly folder: string;
  private readonly index: Journal<Row>;
  private readonly rows = new Map<string, Row>();
  private readonly live = new Map<string, Execution>();

  constructor(private readonly world: World) {
    this.folder = join(world.kernel.stateDir, 'stepfunctions');
    this.index = new Journal(join(this.folder, 'executions.jsonl'));
    for (const row of this.index.read()) this.rows.set(row.arn, row);
    this.index.rewrite([...this.rows.values()]);
  }

  /** An execution exists from the moment it is in the index; a history without that is of a start that was never acknowledged. */
  start(machine: StateMachine, name: string, inputText: string): Row {
    const arn = arnOf('states', `execution:${machine.name}:${name}`);
    const snapshot: Snapshot = {
      arn,
      name,
      machineArn: machine.arn,
      machineName: machine.name,
      roleArn: machine.roleArn,
      inputText,
      definition: machine.definition,
      logging: machine.logging,
      revisionId: machine.revisionId,
    };
    this.journal(arn).rewrite([]);
    const history = this.open(arn);
    const { at } = history.append({ key: EXECUTION_START, type: 'ExecutionStarted', data: { ...snapshot } });
    const row: Row = { arn, machineArn: machine.arn, name, startedAt: at, status: 'RUNNING' };
    this.put(row);
    this.bring(arn, history).go();
    return row;
  }

  row(arn: string): Row {
    const row = this.rows.get(arn);
    if (!row) throw new ApiError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return row;
  }

  find(arn: string): Row | undefined {
    return this.rows.get(arn);
  }

  /** Newest first, as ListExecutions gives them. */
  of(machineArn: string): readonly Row[] {
    return [...this.rows.values()].filter((row) => row.machineArn === machineArn).toSorted((a, b) => b.startedAt - a.startedAt);
  }

  history(arn: string): History {
    return this.running(arn)?.history ?? this.open(arn);
  }

  /** The execution if it runs, whether it was taken up already or not. */
  running(arn: string): Execution | undefined {
    const known = this.live.get(arn);
    if (known || this.rows.get(arn)?.status !== 'RUNNING') return known;
    return this.bring(arn, this.open(arn));
  }

  /** Takes up whatever a former process has not seen the end of. */
  resume(): void {
    for (const { arn } of [...this.rows.values()]) this.running(arn)?.go();
  }

  halt(): void {
    for (const execution of this.live.values()) execution.halt();
  }

  private bring(arn: string, history: History): Execution {
    const execution = new Execution(history, this.world, (view) => this.closed(view));
    this.live.set(arn, execution);
    return execution;
  }

  private closed({ arn, status, stoppedAt }: ExecutionView): void {
    this.put({ ...this.row(arn), status, stoppedAt });
    this.live.delete(arn);
  }

  private put(row: Row): void {
    this.index.append(row);
    this.rows.set(row.arn, row);
  }

  private journal(arn: string): Journal<Entry> {
    const [machine = '', name = ''] = arn.split(':').slice(-2);
    return new Journal(join(this.folder, fileName(machine), `${fileName(name)}.jsonl`));
  }

  private open(arn: string): History {
    const history: History = new History(this.journal(arn), this.world.clock.now, (event) => tell(this.world, history, event));
    return history;
  }
}
