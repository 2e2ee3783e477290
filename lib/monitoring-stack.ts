import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Construct } from 'constructs';
import type { ControlPlaneStack } from './control-plane-stack';
import { jobConstructId, METRICS_NAMESPACE } from './names';

/** What the report step counts, once per run; the only dimension is the job, because each set of values costs $0.30 a month. */
export const RUN_METRICS = [
  'RunsSucceeded',
  'RunsFailed',
  'RecordsRead',
  'RecordsWritten',
  'RecordsQuarantined',
  'BytesRead',
  'BytesWritten',
  'Chunks',
  'CostUsd',
  'WastedUsd',
  'RunSeconds',
] as const;
export type RunMetric = (typeof RUN_METRICS)[number];

const PERIOD = Duration.minutes(5);

export interface MonitoringStackProps extends StackProps {
  readonly controlPlane: ControlPlaneStack;
}

/** One page that shows whether the system works and what it costs, and alarms for what a person must act on. */
export class MonitoringStack extends Stack {
  private readonly controlPlane: ControlPlaneStack;

  constructor(scope: Construct, id: string, { controlPlane, ...props }: MonitoringStackProps) {
    super(scope, id, props);
    this.controlPlane = controlPlane;
    new Dashboard(this, 'Dashboard', { defaultInterval: Duration.days(1), widgets: this.widgets() });
    this.alarms();
  }

  private get jobs(): readonly string[] {
    return Object.keys(this.controlPlane.triggers);
  }

  private ofRuns(...names: readonly RunMetric[]): IMetric[] {
    return this.jobs.flatMap((job) => names.map((name) => runMetric(job, name).with({ label: `${job} ${name}` })));
  }

  private widgets(): IWidget[][] {
    const { steps, stateMachine, triggers, unsettled } = this.controlPlane;
    const waiting = Object.values(triggers).map(({ queue }) => queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD }));
    const dead = Object.values(triggers).map(({ deadLetters }) => deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD }));
    const errors = Object.entries(steps).map(([step, fn]) => fn.metricErrors({ period: PERIOD, label: step }));
    return [
      [graph('Runs', this.ofRuns('RunsSucceeded', 'RunsFailed')), graph('Seconds per run', this.ofRuns('RunSeconds'))],
      [
        graph('Records', this.ofRuns('RecordsRead', 'RecordsWritten', 'RecordsQuarantined')),
        graph('Bytes', this.ofRuns('BytesRead', 'BytesWritten')),
      ],
      [graph('Chunks', this.ofRuns('Chunks')), graph('Cost (USD)', this.ofRuns('CostUsd', 'WastedUsd'))],
      [
        graph('Waiting events', waiting),
        graph('Events put aside', [...dead, unsettled.metricApproximateNumberOfMessagesVisible({ period: PERIOD })]),
      ],
      [
        graph('Executions', [stateMachine.metricStarted(), stateMachine.metricFailed(), stateMachine.metricTimedOut()]),
        graph('Errors of steps', errors),
      ],
    ];
  }

  private alarms(): void {
    const { steps, stateMachine, triggers, unsettled, unflagged } = this.controlPlane;
    for (const [job, { deadLetters }] of Object.entries(triggers)) {
      this.alarm(`${jobConstructId(job)}-DeadLetters`, deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD }), {
        what: `files dropped for ${job} were not taken in`,
        remedy: 'read the log of intake, then redrive the dead-letter queue',
      });
    }
    for (const job of this.jobs) {
      const remedy = 'read its report: batchwright show <run>';
      this.alarm(`${jobConstructId(job)}-RunsFailed`, runMetric(job, 'RunsFailed'), { what: `a run of ${job} published nothing`, remedy });
    }
    this.alarm('Unsettled', unsettled.metricApproximateNumberOfMessagesVisible({ period: PERIOD }), {
      what: 'ends of Batch jobs did not reach their runs',
      remedy: 'read the log of settle, then redrive the queue',
    });
    this.alarm('Unflagged', unflagged.metricApproximateNumberOfMessagesVisible({ period: PERIOD }), {
      what: 'files that may belong to no job were not looked at',
      remedy: 'read the log of flag, then redrive the queue',
    });
    this.alarm('ExecutionsTimedOut', stateMachine.metricTimedOut({ period: PERIOD }), {
      what: 'a run took too long and was stopped',
      remedy: 'look at its execution',
    });
    this.alarm('ExecutionsFailed', stateMachine.metricFailed({ period: PERIOD }), {
      what: 'a run failed',
      remedy: 'look at its report or execution',
    });
    this.alarm('IntakeErrors', steps.intake.metricErrors({ period: PERIOD }), {
      what: 'intake fails',
      remedy: 'read its log; events wait in their queues',
    });
  }

  /** Fires on the first occurrence: each of these asks for a person. */
  private alarm(id: string, metric: IMetric, { what, remedy }: { readonly what: string; readonly remedy: string }): void {
    const alarm = new Alarm(this, id, {
      alarmDescription: `${what}; ${remedy}`,
      metric,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.controlPlane.notices.topic));
  }
}

const runMetric = (job: string, metricName: RunMetric): Metric =>
  new Metric({ namespace: METRICS_NAMESPACE, metricName, dimensionsMap: { job }, statistic: Stats.SUM, period: PERIOD });

const graph = (title: string, left: readonly IMetric[]): GraphWidget => new GraphWidget({ title, width: 12, left: [...left] });
