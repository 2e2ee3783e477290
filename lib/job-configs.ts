import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, type ISource, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import type { DeployedJobs, JobConfig } from '../core/contracts';
import { configKey, jobsKey } from '../core/keys';
import { STATE_KEYS } from './key-patterns';
import { allow, create, list } from './permissions';

export interface JobConfigsProps {
  readonly state: IBucket;
  /** Jobs as deployed; may hold values that are known only at deploy. */
  readonly configs: readonly JobConfig[];
}

/** Writes `config/<job>.json` and the list of jobs, all in one deployment; former versions stay readable, so pinned runs are untouched. */
export class JobConfigs extends Construct {
  constructor(scope: Construct, id: string, { state, configs }: JobConfigsProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
    const role = this.writer(state, logGroup);
    const deployment = new BucketDeployment(this, 'Deployment', {
      destinationBucket: state,
      sources: [
        Source.jsonData(jobsKey, deployedJobs(configs)),
        ...configs.map((config) => Source.jsonData(configKey(config.spec.name), config)),
      ].map((source) => readableBy(role, source)),
      // The bucket is the ledger: what this deployment does not know is not its to remove.
      prune: false,
      retainOnDelete: true,
      // What the deployment would grant itself reaches every key of the ledger.
      role: role.withoutPolicyUpdates(),
      logGroup,
    });
    deployment.node.addDependency(role);
    Validations.of(Stack.of(this)).acknowledge({
      id: 'AwsSolutions-L1',
      reason: 'the function that writes configs is CDK’s own, and so is the choice of its runtime',
    });
  }

  private writer(state: IBucket, logGroup: LogGroup): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    allow(role, list(state), create(state, STATE_KEYS.config, STATE_KEYS.jobs), {
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
      because: 'the streams of one log group are named by Lambda as it starts them',
    });
    return role;
  }
}

const deployedJobs = (configs: readonly JobConfig[]): DeployedJobs => ({
  schema: 'jobs.v1',
  jobs: configs.map(({ spec }) => ({ name: spec.name, prefix: spec.input.prefix })),
});

/** Lets the role read exactly the asset that the source becomes. */
const readableBy = (role: Role, source: ISource): ISource => ({
  bind: (scope, context) => {
    const config = source.bind(scope, context);
    allow(role, { actions: ['s3:GetObject'], resources: [config.bucket.arnForObjects(config.zipObjectKey)] });
    return config;
  },
});
