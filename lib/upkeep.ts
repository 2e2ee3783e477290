import { Duration } from 'aws-cdk-lib';
import type { IJobQueue } from 'aws-cdk-lib/aws-batch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { EVENT_SOURCE, SWEEP_REQUESTED } from './names';

/** A lost event costs a run so long at most; 2,900 short calls a month cost less than a cent. */
const SWEEP_EVERY = Duration.minutes(15);

export interface UpkeepProps {
  readonly sweep: IFunction;
  readonly collect: IFunction;
  readonly queues: readonly IJobQueue[];
}

/** What goes wrong without anybody asking: lost events, blocked queues, leftovers. */
export class Upkeep extends Construct {
  constructor(scope: Construct, id: string, { sweep, collect, queues }: UpkeepProps) {
    super(scope, id);
    const sweeping = [new LambdaFunction(sweep, { maxEventAge: SWEEP_EVERY, retryAttempts: 2 })];
    new Rule(this, 'Sweep', {
      description: 'looks after runs whose events were lost',
      schedule: Schedule.rate(SWEEP_EVERY),
      targets: sweeping,
    });
    new Rule(this, 'SweepRequested', {
      description: 'a sweep by hand',
      eventPattern: { source: [EVENT_SOURCE], detailType: [SWEEP_REQUESTED] },
      targets: sweeping,
    });
    new Rule(this, 'QueueBlocked', {
      description: 'tells people that a job queue is blocked',
      eventPattern: {
        source: ['aws.batch'],
        detailType: ['Batch Job Queue Blocked'],
        resources: queues.map(({ jobQueueArn }) => jobQueueArn),
      },
      targets: sweeping,
    });
    new Rule(this, 'Collect', {
      description: 'forgets uploads of runs that ended and old revisions of job definitions',
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(collect, { maxEventAge: Duration.hours(2), retryAttempts: 2 })],
    });
  }
}
