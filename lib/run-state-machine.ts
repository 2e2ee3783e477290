import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  Choice,
  Condition,
  DefinitionBody,
  Fail,
  type IChainable,
  IntegrationPattern,
  LogLevel,
  Map as MapState,
  ProvideItems,
  QueryLanguage,
  StateMachine,
  Succeed,
  TaskInput,
  Timeout,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { stateMachineName } from './names';
import { allow } from './permissions';
import { ANSWER, CAUGHT, COMMIT_CAUGHT, RUN, RUN_AND_ANSWER, RUN_AND_EXECUTION, RUN_AND_FAILURE } from './run-state-expressions';
import type { Step } from './step-function';
import { retryFaults } from './step-retries';

/** The steps that are states; intake starts runs, settle and sweep wake them, and collect clears up, all from outside. */
export type State = Exclude<Step, 'intake' | 'settle' | 'sweep' | 'collect' | 'flag'>;

export interface RunStateMachineProps {
  readonly steps: Readonly<Record<State, IFunction>>;
  /** How long one array may take, waiting for capacity included, before its round is assessed without it.
   *  @default Duration.hours(24) */
  readonly arrayTimeout?: Duration;
  /** How long a run may take before it is stopped; below the 7 days after which its uploads are collected.
   *  @default Duration.days(5) */
  readonly timeout?: Duration;
}

/** One execution is one run: planned, worked in rounds, committed and reported. */
export class RunStateMachine extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { steps, arrayTimeout, timeout }: RunStateMachineProps) {
    super(scope, id);
    this.stateMachine = new StateMachine(this, 'Run', {
      stateMachineName: stateMachineName(Stack.of(this)),
      queryLanguage: QueryLanguage.JSONATA,
      definitionBody: DefinitionBody.fromChainable(this.definition(steps, arrayTimeout ?? Duration.hours(24))),
      timeout: timeout ?? Duration.days(5),
      role: this.role(steps).withoutPolicyUpdates(),
      logs: {
        level: LogLevel.ERROR,
        includeExecutionData: true,
        destination: new LogGroup(this, 'Log', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY }),
      },
    });
    Validations.of(this.stateMachine).acknowledge(
      {
        id: 'AwsSolutions-SF1',
        reason: 'executions keep their own full history; the log is for errors, and every event in it would be paid for twice',
      },
      {
        id: 'AwsSolutions-SF2',
        reason: 'states are steps of minutes, timed in the run’s own report; traces would add cost and show no more',
      },
    );
  }

  private definition(steps: RunStateMachineProps['steps'], arrayTimeout: Duration): IChainable {
    const begin = Choice.jsonata(this, 'Begin');
    const redrive = this.task('Redrive', steps.redrive, RUN);
    const plan = this.task('Plan', steps.plan, { ...RUN, stateMachine: '{% $states.context.StateMachine.Id %}' });
    const planned = Choice.jsonata(this, 'Planned');
    const submit = this.submit(steps.submit, arrayTimeout);
    const round = MapState.jsonata(this, 'Round', {
      items: ProvideItems.jsonata('{% $states.input.arrays %}'),
      itemSelector: { round: '{% $states.input.round %}', array: '{% $states.context.Map.Item.Value.array %}' },
      outputs: { round: '{% $states.input.round %}' },
    }).itemProcessor(submit);
    const assess = this.task('Assess', steps.assess, { ...RUN, round: '{% $states.input.round %}' });
    const decide = Choice.jsonata(this, 'Decide', { outputs: {} });
    const backoff = Wait.jsonata(this, 'Backoff', {
      time: WaitTime.seconds('{% $states.input.waitSeconds %}'),
      outputs: '{% $states.input %}',
    });
    const commit = this.ending(steps);

    begin.when(Condition.jsonata('{% $states.input.begin = "redrive" %}'), redrive);
    begin.when(Condition.jsonata('{% $states.input.begin = "commit" %}'), commit, { outputs: {} });
    begin.otherwise(plan);
    redrive.next(round);
    for (const state of [plan, redrive, round, assess]) state.addCatch(commit, CAUGHT);
    planned.when(Condition.jsonata('{% $states.input.next = "plan" %}'), plan);
    planned.when(Condition.jsonata('{% $states.input.next = "commit" %}'), commit, { outputs: {} });
    planned.otherwise(round);
    round.next(assess).next(decide);
    decide.when(Condition.jsonata('{% $states.input.next = "round" %}'), backoff, { outputs: '{% $states.input.round %}' });
    decide.when(Condition.jsonata('{% $states.input.next = "stop" %}'), commit, { outputs: { failure: '{% $states.input.failure %}' } });
    decide.otherwise(commit);
    backoff.next(round);

    plan.next(planned);
    return begin;
  }

  /** From Commit on. */
  private ending(steps: RunStateMachineProps['steps']): LambdaInvoke {
    const commit = this.task('Commit', steps.commit, RUN_AND_FAILURE, { more: '{% $states.result.Payload.more = true %}' });
    const committed = Choice.jsonata(this, 'Committed', { outputs: {} });
    const report = this.task('Report', steps.report, RUN_AND_EXECUTION, RUN_AND_ANSWER);
    const published = Choice.jsonata(this, 'Published');
    const pause = Wait.jsonata(this, 'Pause', {
      comment: 'before what could not be committed is tried again',
      time: WaitTime.seconds('{% $states.input.waitSeconds %}'),
      outputs: '{% $states.input %}',
    });

    commit.addCatch(report, COMMIT_CAUGHT);
    // The first call has settled what the run's fate is; the ones that go on with it need to be told nothing.
    commit.next(committed);
    committed.when(Condition.jsonata('{% $states.input.more %}'), commit, { outputs: {} });
    committed.otherwise(report);
    report.next(published);
    published.when(Condition.jsonata('{% $states.input.status = "SUCCEEDED" %}'), Succeed.jsonata(this, 'Succeeded'));
    published.when(Condition.jsonata('{% $states.input.retry = true %}'), pause);
    pause.next(commit);
    published.otherwise(
      Fail.jsonata(this, 'Failed', { error: 'RunFailed', cause: 'nothing was published; the report of the run says why' }),
    );
    return commit;
  }

  private task(name: string, step: IFunction, payload: Record<string, unknown> | string, outputs: unknown = ANSWER): LambdaInvoke {
    const task = LambdaInvoke.jsonata(this, name, {
      lambdaFunction: step,
      payload: input(payload),
      outputs,
      retryOnServiceExceptions: false,
    });
    return retryFaults(task);
  }

  /** Waits until the array has ended: settle answers the token. */
  private submit(step: IFunction, arrayTimeout: Duration): LambdaInvoke {
    const array = { round: '{% $states.input.round %}', array: '{% $states.input.array %}' };
    const task = LambdaInvoke.jsonata(this, 'Submit', {
      lambdaFunction: step,
      integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
      payload: input({ ...RUN, ...array, token: '{% $states.context.Task.Token %}' }),
      taskTimeout: Timeout.duration(arrayTimeout),
      retryOnServiceExceptions: false,
    });
    return retryFaults(task);
  }

  private role(steps: RunStateMachineProps['steps']): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    allow(
      role,
      { actions: ['lambda:InvokeFunction'], resources: Object.values(steps).map((step) => step.functionArn) },
      {
        actions: [
          'logs:CreateLogDelivery',
          'logs:GetLogDelivery',
          'logs:UpdateLogDelivery',
          'logs:DeleteLogDelivery',
          'logs:ListLogDeliveries',
          'logs:PutResourcePolicy',
          'logs:DescribeResourcePolicies',
          'logs:DescribeLogGroups',
        ],
        resources: ['*'],
        because: 'log deliveries have no resource-level permissions',
      },
    );
    return role;
  }
}

const input = (payload: Record<string, unknown> | string): TaskInput =>
  typeof payload === 'string' ? TaskInput.fromText(payload) : TaskInput.fromObject(payload);
