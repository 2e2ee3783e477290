import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { INVENTORY_MANIFESTS, STATE_KEYS, SUCCESS_KEYS } from './key-patterns';
import { abortUploads, create, forget, list, listVersions, type Permission, read, readLookups, readVersions } from './permissions';
import type { Step } from './step-function';

/** What the steps act on; ARNs where the resource is in reach by its name only. */
export interface StepResources {
  readonly input: IBucket;
  readonly output: IBucket;
  readonly state: IBucket;
  /** Objects that the deployment's jobs name as lookups. */
  readonly lookups: readonly { readonly bucket: string; readonly key: string }[];
  /** Where S3 Inventories are delivered to, if not to the input bucket. */
  readonly inventory?: IBucket | undefined;
  readonly queueArns: readonly string[];
  /** Pattern of all jobs of the account and region. */
  readonly jobArns: string;
  /** Pattern of this deployment's job definitions, revisions included. */
  readonly jobDefinitionArns: string;
  readonly stateMachineArn: string;
  readonly executionArns: string;
  readonly eventBusArn: string;
  readonly topicArn: string;
  readonly topicKeyArn: string;
}

const {
  config,
  claims,
  requests,
  runs,
  input,
  pins,
  checkpoints,
  plan,
  preflight,
  chunks,
  tasks,
  rounds,
  arrays,
  quarantineIndex,
  decided,
  decision,
  delivery,
  delivered,
  report,
  history,
  open,
  sweeps,
  jobs,
  unclaimed,
  drives,
} = STATE_KEYS;
const ANY = '*';

/** ListJobs and DescribeJobs cannot be narrowed; neither changes anything. */
const SEE_JOBS: Permission = {
  actions: ['batch:ListJobs', 'batch:DescribeJobs'],
  resources: ['*'],
  because: 'AWS Batch has no resource-level permissions for listing and describing jobs',
};

const submitJobs = ({ queueArns, jobDefinitionArns }: StepResources): readonly Permission[] => [
  {
    actions: ['batch:SubmitJob'],
    resources: [...queueArns, jobDefinitionArns],
    because: 'every deployment of a job makes a revision, and a run submits the one it has pinned',
  },
];

/** The jobs of a run that ends; a job's id does not exist before it is submitted. */
const endJobs = ({ jobArns }: StepResources): Permission => ({
  actions: ['batch:TerminateJob'],
  resources: [jobArns],
  because: 'AWS Batch names jobs itself, when they are submitted',
});

const listUploads = (bucket: IBucket): Permission => ({ actions: ['s3:ListBucketMultipartUploads'], resources: [bucket.bucketArn] });

const answerToken = ({ stateMachineArn }: StepResources): Permission => ({
  actions: ['states:SendTaskSuccess'],
  resources: [stateMachineArn],
});

/** Completing an upload is a PutObject, and so are the manifest and `_SUCCESS`; a part that did not arrive as written is withdrawn by version. */
const publish = ({ output }: StepResources): readonly Permission[] => [
  list(output),
  listUploads(output),
  {
    actions: ['s3:PutObject', 's3:GetObject', 's3:GetObjectVersion', 's3:AbortMultipartUpload', 's3:DeleteObjectVersion'],
    resources: [output.arnForObjects(ANY)],
    because: 'the output bucket holds what commit publishes and nothing else; its keys start with the job',
  },
];

const notify = ({ topicArn, topicKeyArn }: StepResources): readonly Permission[] => [
  { actions: ['sns:Publish'], resources: [topicArn] },
  { actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: [topicKeyArn] },
];

const announce = (to: StepResources): readonly Permission[] => [
  { actions: ['events:PutEvents'], resources: [to.eventBusArn] },
  ...notify(to),
];

/** The buckets that inventories lie in; the input bucket always may. */
const inventories = ({ input, inventory }: StepResources): readonly IBucket[] => [input, ...(inventory ? [inventory] : [])];

/** What each step may do, and all it may do; read beside the table of steps in the design. */
export const STEP_PERMISSIONS: Readonly<Record<Step, (resources: StepResources) => readonly Permission[]>> = {
  intake: (to) => [
    list(to.state),
    read(to.state, claims, requests, input, plan),
    create(to.state, claims, input, open),
    listVersions(to.input),
    ...inventories(to).map((bucket) => readVersions(bucket, INVENTORY_MANIFESTS)),
    { actions: ['states:StartExecution'], resources: [to.stateMachineArn] },
  ],
  plan: (to) => [
    list(to.state),
    readVersions(to.state, config),
    read(to.state, runs, history),
    create(to.state, pins, checkpoints, plan, preflight, chunks, tasks, rounds),
    abortUploads(to.state, chunks),
    listVersions(to.input),
    ...inventories(to).map((bucket) => readVersions(bucket, ANY)),
    ...readLookups(to.lookups),
  ],
  redrive: (to) => [list(to.state), read(to.state, runs), create(to.state, plan, rounds), listUploads(to.output)],
  submit: (to) => [
    list(to.state),
    read(to.state, runs),
    create(to.state, arrays),
    ...submitJobs(to),
    endJobs(to),
    SEE_JOBS,
    answerToken(to),
  ],
  settle: (to) => [list(to.state), read(to.state, arrays), answerToken(to)],
  assess: (to) => [list(to.state), read(to.state, runs), create(to.state, rounds), SEE_JOBS],
  commit: (to) => [
    list(to.state),
    read(to.state, runs),
    create(to.state, quarantineIndex, decided, decision, delivery, delivered),
    ...publish(to),
    endJobs(to),
    SEE_JOBS,
  ],
  report: (to) => [
    list(to.state),
    read(to.state, runs, history),
    create(to.state, report, history),
    list(to.output),
    read(to.output, SUCCESS_KEYS),
    SEE_JOBS,
    {
      actions: ['states:GetExecutionHistory'],
      resources: [to.executionArns],
      because: 'an execution is named for its run',
    },
    ...announce(to),
  ],
  sweep: (to) => [
    list(to.state),
    read(to.state, runs, open),
    create(to.state, open, sweeps),
    forget(to.state, open),
    endJobs(to),
    SEE_JOBS,
    answerToken(to),
    { actions: ['states:StartExecution'], resources: [to.stateMachineArn] },
    { actions: ['states:DescribeExecution'], resources: [to.executionArns], because: 'an execution is named for its run' },
    ...notify(to),
  ],
  collect: (to) => [
    list(to.state),
    read(to.state, runs, open),
    create(to.state, drives),
    listUploads(to.output),
    {
      actions: ['s3:AbortMultipartUpload'],
      resources: [to.output.arnForObjects(ANY)],
      because: 'uploads are named for runs and chunks that do not exist yet',
    },
    { actions: ['batch:DescribeJobDefinitions'], resources: ['*'], because: 'AWS Batch has no resource-level permissions for describing' },
    {
      actions: ['batch:DeregisterJobDefinition'],
      resources: [to.jobDefinitionArns],
      because: 'every deployment of a job makes a revision, and old ones are what is deregistered',
    },
  ],
  flag: (to) => [list(to.state), read(to.state, jobs), create(to.state, unclaimed), ...notify(to)],
};
