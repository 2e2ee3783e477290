import { Duration, Validations } from 'aws-cdk-lib';
import { EventField, type EventPattern, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { JobSpec } from '../core/spec/schema';
import { EVENT_SOURCE, RUN_REQUESTED } from './names';
import { allow } from './permissions';
import { type StepFunction, timeoutOf } from './step-function';

/** Deliveries of one message before it is put aside: enough to outlast a throttled minute, few enough to be noticed the same hour. */
const DELIVERIES = 5;

/** AWS advises six times the function's timeout, so that a message in work is not delivered again. */
const VISIBILITY_FACTOR = 6;

/** Messages that one call of intake may take. */
const BATCH_SIZE = 10;

export interface JobTriggerProps {
  readonly spec: JobSpec;
  readonly input: IBucket;
  readonly intake: StepFunction;
}

/** Everything that may start a run of one job, through one queue: a dropped file, or a request by hand. */
export class JobTrigger extends Construct {
  readonly queue: Queue;
  /** Events that were never taken in; redrive them once the cause is gone. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { spec, input, intake }: JobTriggerProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', { ...PRIVATE, retentionPeriod: Duration.days(14) });
    this.queue = new Queue(this, 'Queue', {
      ...PRIVATE,
      visibilityTimeout: Duration.seconds(timeoutOf('intake').toSeconds() * VISIBILITY_FACTOR),
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: DELIVERIES },
    });
    this.on('Dropped', spec.name, {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: { bucket: { name: [input.bucketName] }, object: { key: Match.prefix(spec.input.prefix) } },
    });
    this.on('Requested', spec.name, { source: [EVENT_SOURCE], detailType: [RUN_REQUESTED], detail: { job: [spec.name] } });
    // By hand: the function's role takes no statements from the event source.
    allow(intake.role, {
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [this.queue.queueArn],
    });
    intake.function.addEventSource(new SqsEventSource(this.queue, { batchSize: BATCH_SIZE, reportBatchItemFailures: true }));
    Validations.of(this.deadLetters).acknowledge({ id: 'AwsSolutions-SQS3', reason: 'this is the dead-letter queue' });
  }

  private on(id: string, job: string, eventPattern: EventPattern): void {
    const target = new SqsQueue(this.queue, {
      message: RuleTargetInput.fromObject({ job, detail: EventField.fromPath('$.detail') }),
      deadLetterQueue: this.deadLetters,
      maxEventAge: Duration.hours(24),
      retryAttempts: 185,
    });
    new Rule(this, id, { description: `starts runs of ${job}`, eventPattern, targets: [target] });
  }
}

/** Queues that take and give messages over TLS only, encrypted at rest by SQS. */
export const PRIVATE = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;
