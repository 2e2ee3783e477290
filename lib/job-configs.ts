import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import type { JobConfig } from '../core/contracts';
import { configKey } from '../core/keys';

export interface JobConfigsProps {
  readonly state: IBucket;
  /** Jobs as deployed; may hold values that are known only at deploy. */
  readonly configs: readonly JobConfig[];
}

/** Writes `config/<job>.json`, all jobs in one deployment; former versions stay readable, so pinned runs are untouched. */
export class JobConfigs extends Construct {
  constructor(scope: Construct, id: string, { state, configs }: JobConfigsProps) {
    super(scope, id);
    const deployment = new BucketDeployment(this, 'Deployment', {
      destinationBucket: state,
      sources: configs.map((config) => Source.jsonData(configKey(config.spec.name), config)),
      // The bucket is the ledger: what this deployment does not know is not its to remove.
      prune: false,
      retainOnDelete: true,
      logGroup: new LogGroup(this, 'Log', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY }),
    });
    Validations.of(deployment.handlerRole).acknowledge();
  }
}
