import { ApiError } from '../kernel/errors';
import type { Logging } from './logging';

/** A deployed state machine. */
export interface StateMachine {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  /** As the template has it, its intrinsics resolved. */
  readonly definition: string;
  readonly logging: Logging;
  readonly tracing: boolean;
  readonly revisionId: string;
  readonly createdAt: number;
}

/** All state machines of the local account. */
export class StateMachines {
  private readonly byArn = new Map<string, StateMachine>();

  /** A machine that exists keeps its creation date; executions under way keep the definition they have. */
  declare(machine: StateMachine): void {
    this.byArn.set(machine.arn, { ...machine, createdAt: this.byArn.get(machine.arn)?.createdAt ?? machine.createdAt });
  }

  get(arn: string): StateMachine {
    const machine = this.byArn.get(arn);
    if (!machine) throw new ApiError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return machine;
  }

  all(): readonly StateMachine[] {
    return [...this.byArn.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }
}
