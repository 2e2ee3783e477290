import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { openPrefix, requestsPrefix, sweepsPrefix, unclaimedPrefix } from '../core/keys';
import { LEDGER_KEYS } from './key-patterns';

/** Longer than the longest run (see RunStateMachine) and its time for a redrive, so that no upload is collected while its run may still commit. */
const ABANDONED_UPLOADS = Duration.days(14);

/** Longer than a run may be redriven (14 days), so that every version that a run has pinned is still there. */
const REPLACED_VERSIONS = Duration.days(30);

const LIFECYCLE: LifecycleRule = {
  id: 'Leftovers',
  abortIncompleteMultipartUploadAfter: ABANDONED_UPLOADS,
  noncurrentVersionExpiration: REPLACED_VERSIONS,
};

/** Queues keep a message for 14 days, and so long a request may still be read. */
const REQUESTS_KEPT = Duration.days(30);

/** Marks of open runs come and go with every run; what sweeps did is of interest for a while. */
const STATE_LEFTOVERS: readonly LifecycleRule[] = [
  { id: 'OpenMarks', prefix: openPrefix, noncurrentVersionExpiration: Duration.days(1), expiredObjectDeleteMarker: true },
  { id: 'Requests', prefix: requestsPrefix, expiration: REQUESTS_KEPT },
  { id: 'Sweeps', prefix: sweepsPrefix, expiration: Duration.days(90) },
  { id: 'Unclaimed', prefix: unclaimedPrefix, expiration: Duration.days(90) },
];

/** What outlives every run and every deployment: the dropped files, the published ones, and the ledger. */
export class StorageStack extends Stack {
  /** Files are dropped here; every new object is an event. */
  readonly input: IBucket;
  /** What readers may trust. */
  readonly output: IBucket;
  /** The ledger: configs, claims, plans, markers, decisions, reports. */
  readonly state: IBucket;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const input = this.bucket('Input');
    sendEvents(input);
    const state = this.bucket('State');
    for (const rule of STATE_LEFTOVERS) state.addLifecycleRule(rule);
    protectLedger(state);
    this.input = input;
    this.output = this.bucket('Output');
    this.state = state;
  }

  private bucket(name: 'Input' | 'Output' | 'State'): Bucket {
    const bucket = new Bucket(this, name, {
      versioned: true,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [LIFECYCLE],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'every object is versioned and accounted for by the ledger itself; who read what is the account’s CloudTrail to record, as it covers all buckets alike',
    });
    new CfnOutput(this, `${name}BucketName`, { value: bucket.bucketName });
    return bucket;
  }
}

/** Set on the L1 resource: the L2's switch deploys a function of its own to do the same. */
function sendEvents(bucket: Bucket): void {
  const resource = bucket.node.defaultChild as CfnBucket;
  resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
}

/** First writer wins, for ever: the ledger refuses unconditional writes and all deletes, from anyone. Lifecycle rules are not requests and still work. */
function protectLedger(bucket: Bucket): void {
  const resources = LEDGER_KEYS.map((key) => bucket.arnForObjects(key));
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'LedgerIsWrittenOnce',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:PutObject'],
      resources,
      // Pieces of a multipart upload create no object and carry no condition; its completion does both.
      conditions: { Null: { 's3:if-none-match': 'true' }, BoolIfExists: { 's3:ObjectCreationOperation': 'true' } },
    }),
  );
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'LedgerIsNeverErased',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
      resources,
    }),
  );
}
