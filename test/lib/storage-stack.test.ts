import { Match } from 'aws-cdk-lib/assertions';
import { LEDGER_KEYS } from '../../lib/key-patterns';
import { deployed } from './fixture';

const deployment = deployed();
afterAll(deployment.remove);
const { storage } = deployment;

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: readonly unknown[];
  readonly Condition?: unknown;
}

const statementsOf = (name: string): readonly Statement[] => {
  const policies = Object.values(storage.findResources('AWS::S3::BucketPolicy'));
  return policies.find(({ Properties }) => JSON.stringify(Properties.Bucket).includes(name))!.Properties.PolicyDocument.Statement;
};
const statement = (name: string, sid: string): Statement => statementsOf(name).find(({ Sid }) => Sid === sid)!;

test('all three buckets are versioned, encrypted, closed to the public and to ACLs, and survive the stack', () => {
  storage.resourceCountIs('AWS::S3::Bucket', 3);
  storage.allResources('AWS::S3::Bucket', {
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: Match.objectLike({
      VersioningConfiguration: { Status: 'Enabled' },
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    }),
  });
});

test('uploads that nobody will finish and versions that no run can want are collected', () => {
  storage.allResourcesProperties('AWS::S3::Bucket', {
    LifecycleConfiguration: {
      Rules: Match.arrayWith([
        {
          Id: 'Leftovers',
          Status: 'Enabled',
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 14 },
          NoncurrentVersionExpiration: { NoncurrentDays: 30 },
        },
      ]),
    },
  });
});

test('marks of open runs leave no trail, and what sweeps did is kept for a while', () => {
  storage.hasResourceProperties('AWS::S3::Bucket', {
    LifecycleConfiguration: {
      Rules: Match.arrayWith([
        Match.objectLike({ Prefix: 'open/', ExpiredObjectDeleteMarker: true, NoncurrentVersionExpiration: { NoncurrentDays: 1 } }),
        Match.objectLike({ Prefix: 'sweeps/', ExpirationInDays: 90 }),
      ]),
    },
  });
});

test('only the input bucket sends events, and no function is deployed for it', () => {
  const senders = storage.findResources('AWS::S3::Bucket', {
    Properties: { NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } } },
  });

  expect(Object.keys(senders)).toEqual([expect.stringMatching(/^Input/)]);
  storage.resourceCountIs('AWS::Lambda::Function', 0);
});

test.each(['Input', 'Output', 'State'])('%s refuses requests without TLS', (name) => {
  const denials = statementsOf(name).filter(({ Effect }) => Effect === 'Deny');

  expect(denials).toContainEqual(
    expect.objectContaining({ Action: 's3:*', Principal: { AWS: '*' }, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
  );
});

test('the ledger takes no write that could replace something', () => {
  const denial = statement('State', 'LedgerIsWrittenOnce');

  expect(denial).toMatchObject({ Effect: 'Deny', Principal: { AWS: '*' }, Action: 's3:PutObject' });
  expect(denial.Condition).toEqual({
    Null: { 's3:if-none-match': 'true' },
    // Pieces of a multipart upload cannot be conditional; what they add up to is.
    BoolIfExists: { 's3:ObjectCreationOperation': 'true' },
  });
});

test('nobody deletes from the ledger, neither the latest version nor one by its id', () => {
  expect(statement('State', 'LedgerIsNeverErased')).toMatchObject({
    Effect: 'Deny',
    Principal: { AWS: '*' },
    Action: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
  });
});

test.each(['LedgerIsWrittenOnce', 'LedgerIsNeverErased'])(
  '%s covers every key of the ledger and not the configs, which have versions',
  (sid) => {
    const resources = statement('State', sid).Resource.map((resource) => JSON.stringify(resource));

    expect(resources).toHaveLength(LEDGER_KEYS.length);
    for (const key of LEDGER_KEYS) expect(resources).toContainEqual(expect.stringContaining(`/${key}"`));
    expect(resources.join()).not.toContain('config/');
  },
);

test('the bucket names are outputs under the names that people script against', () => {
  for (const name of ['InputBucketName', 'OutputBucketName', 'StateBucketName']) storage.hasOutput(name, {});
});
