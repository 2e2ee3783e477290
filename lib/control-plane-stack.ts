import { ArnFormat, CfnOutput, Duration, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { EventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { lookupObjects } from '../core/plan/lookups';
import type { LoadedJob } from '../core/spec/load';
import type { ComputeStack } from './compute-stack';
import { JobTrigger, PRIVATE } from './job-trigger';
import { jobConstructId, stateMachineName } from './names';
import { Notices } from './notices';
import { RunStateMachine } from './run-state-machine';
import { type Step, StepFunction } from './step-function';
import { STEP_PERMISSIONS, type StepResources } from './step-permissions';
import type { StorageStack } from './storage-stack';
import { UnclaimedFiles } from './unclaimed-files';
import { Upkeep } from './upkeep';

export interface ControlPlaneStackProps extends StackProps {
  readonly storage: StorageStack;
  readonly compute: ComputeStack;
  readonly jobs: readonly LoadedJob[];
  /** Name of the bucket that S3 Inventories of the input bucket are delivered to.
   *  @default - the input bucket itself */
  readonly inventoryBucket?: string | undefined;
  /** Folder of each step's bundle. */
  readonly stepCode: Readonly<Record<Step, string>>;
}

/** From a dropped file to a published dataset: triggers → intake → state machine ⇄ Batch, and who hears of it. */
export class ControlPlaneStack extends Stack {
  readonly triggers: Readonly<Record<string, JobTrigger>>;
  readonly steps: Readonly<Record<Step, IFunction>>;
  readonly stateMachine: StateMachine;
  /** Batch events that settle never took; a run behind one of them waits until its array times out. */
  readonly unsettled: Queue;
  /** Events of files that belong to no job, of which nobody was told. */
  readonly unflagged: Queue;
  readonly notices: Notices;

  constructor(scope: Construct, id: string, props: ControlPlaneStackProps) {
    super(scope, id, props);
    this.notices = new Notices(this, 'Notices');
    const step = this.stepMaker(props);
    const states = {
      plan: step('plan').function,
      redrive: step('redrive').function,
      submit: step('submit').function,
      assess: step('assess').function,
      commit: step('commit').function,
      report: step('report').function,
    };
    this.stateMachine = new RunStateMachine(this, 'StateMachine', { steps: states }).stateMachine;
    const intake = step('intake');
    const settle = step('settle').function;
    const sweep = step('sweep').function;
    const collect = step('collect').function;
    const flag = step('flag').function;
    this.steps = { ...states, intake: intake.function, settle, sweep, collect, flag };
    new Upkeep(this, 'Upkeep', { sweep, collect, queues: [props.compute.spotQueue, props.compute.onDemandQueue] });
    this.triggers = Object.fromEntries(
      props.jobs.map(({ spec }) => [
        spec.name,
        new JobTrigger(this, jobConstructId(spec.name), { spec, input: props.storage.input, intake }),
      ]),
    );
    const prefixes = props.jobs.map(({ spec }) => spec.input.prefix);
    this.unflagged = new UnclaimedFiles(this, 'UnclaimedFiles', { input: props.storage.input, flag, prefixes }).deadLetters;
    this.unsettled = this.settleWhenArraysEnd(settle, props.compute);
    new CfnOutput(this, 'StateMachineArn', { value: this.stateMachine.stateMachineArn });
  }

  private stepMaker({ storage, compute, stepCode, jobs, inventoryBucket }: ControlPlaneStackProps): (step: Step) => StepFunction {
    const inventory = inventoryBucket === undefined ? undefined : Bucket.fromBucketName(this, 'Inventories', inventoryBucket);
    const lookups = jobs.flatMap(({ spec }) => lookupObjects(spec));
    const resources = { ...this.resources(storage, compute), inventory, lookups };
    const environment = this.variables(storage, compute);
    return (step) =>
      new StepFunction(this, capitalized(step), {
        step,
        code: stepCode[step],
        environment: environment(step),
        permissions: STEP_PERMISSIONS[step](resources),
      });
  }

  private resources({ input, output, state }: StorageStack, compute: ComputeStack): Omit<StepResources, 'lookups'> {
    const batch = (resource: string, resourceName: string): string => this.formatArn({ service: 'batch', resource, resourceName });
    return {
      input,
      output,
      state,
      queueArns: [compute.spotQueue.jobQueueArn, compute.onDemandQueue.jobQueueArn],
      jobArns: batch('job', '*'),
      jobDefinitionArns: batch('job-definition', `${compute.stackName}-*`),
      stateMachineArn: this.stateMachineArn,
      executionArns: this.formatArn({ ...STATES, resource: 'execution', resourceName: `${stateMachineName(this)}:*` }),
      eventBusArn: EventBus.fromEventBusName(this, 'Bus', 'default').eventBusArn,
      topicArn: this.notices.topic.topicArn,
      topicKeyArn: this.notices.key.keyArn,
    };
  }

  /** By name, not by reference: the state machine calls these functions, and they it. */
  private get stateMachineArn(): string {
    return this.formatArn({ ...STATES, resource: 'stateMachine', resourceName: stateMachineName(this) });
  }

  private variables({ input, output, state }: StorageStack, compute: ComputeStack): (step: Step) => Record<string, string> {
    const queues = { SPOT_QUEUE_ARN: compute.spotQueue.jobQueueArn, ON_DEMAND_QUEUE_ARN: compute.onDemandQueue.jobQueueArn };
    const machine = { STATE_MACHINE_ARN: this.stateMachineArn };
    const own: Readonly<Record<Step, Record<string, string>>> = {
      intake: machine,
      plan: { MAX_VCPUS: String(compute.maxVcpus) },
      redrive: {},
      submit: { ...queues, ...machine },
      settle: machine,
      assess: queues,
      commit: queues,
      report: { ...queues, ...machine, EVENT_BUS_NAME: 'default', TOPIC_ARN: this.notices.topic.topicArn },
      sweep: { ...queues, ...machine, TOPIC_ARN: this.notices.topic.topicArn },
      flag: { TOPIC_ARN: this.notices.topic.topicArn },
      collect: { JOB_DEFINITION_PREFIX: `${compute.stackName}-` },
    };
    const buckets = { STATE_BUCKET: state.bucketName, INPUT_BUCKET: input.bucketName, OUTPUT_BUCKET: output.bucketName };
    return (step) => ({ ...buckets, ...own[step] });
  }

  /** Of an array only the parent: its children's events carry an index. */
  private settleWhenArraysEnd(settle: IFunction, { spotQueue, onDemandQueue }: ComputeStack): Queue {
    const deadLetterQueue = new Queue(this, 'Unsettled', { ...PRIVATE, retentionPeriod: Duration.days(14) });
    Validations.of(deadLetterQueue).acknowledge({ id: 'AwsSolutions-SQS3', reason: 'this is the dead-letter queue' });
    new Rule(this, 'ArrayEnded', {
      description: 'wakes the run whose array has ended',
      eventPattern: {
        source: ['aws.batch'],
        detailType: ['Batch Job State Change'],
        detail: {
          status: ['SUCCEEDED', 'FAILED'],
          jobQueue: [spotQueue.jobQueueArn, onDemandQueue.jobQueueArn],
          arrayProperties: { index: Match.doesNotExist() },
        },
      },
      targets: [new LambdaFunction(settle, { deadLetterQueue, maxEventAge: Duration.hours(24), retryAttempts: 185 })],
    });
    return deadLetterQueue;
  }
}

const STATES = { service: 'states', arnFormat: ArnFormat.COLON_RESOURCE_NAME } as const;

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
