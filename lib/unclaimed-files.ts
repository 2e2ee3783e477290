import { Duration, Validations } from 'aws-cdk-lib';
import { Match, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { REQUESTS_PREFIX } from '../core/spec/prefixes';
import { PRIVATE } from './job-trigger';

/** EventBridge takes patterns of up to 2,048 characters; the rest of this one, with the bucket's name, has about 250. */
const MAX_PREFIX_CHARACTERS = 1700;

export interface UnclaimedFilesProps {
  readonly input: IBucket;
  readonly flag: IFunction;
  /** Of all jobs. */
  readonly prefixes: readonly string[];
}

/**
 * Catches what is dropped outside of every job's prefix. Where a pattern holds all prefixes, nothing else calls the
 * function; with more jobs every dropped file does, which costs 20 cents a million, and the function compares.
 */
export class UnclaimedFiles extends Construct {
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { input, flag, prefixes }: UnclaimedFilesProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', { ...PRIVATE, retentionPeriod: Duration.days(14) });
    Validations.of(this.deadLetters).acknowledge({ id: 'AwsSolutions-SQS3', reason: 'this is the dead-letter queue' });
    new Rule(this, 'Rule', {
      description: 'tells of files that belong to no job',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [input.bucketName] }, object: { key: Match.anythingButPrefix(...excluded(prefixes)) } },
      },
      targets: [new LambdaFunction(flag, { deadLetterQueue: this.deadLetters, maxEventAge: Duration.hours(24), retryAttempts: 185 })],
    });
  }
}

function excluded(prefixes: readonly string[]): readonly string[] {
  const all = [REQUESTS_PREFIX, ...prefixes];
  return JSON.stringify(all).length <= MAX_PREFIX_CHARACTERS ? all : [REQUESTS_PREFIX];
}
