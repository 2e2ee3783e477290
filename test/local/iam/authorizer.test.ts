import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { Authorizer } from '../../../local/iam/authorizer';
import { loadPolicies } from '../../../local/iam/policies';
import { Usage } from '../../../local/iam/usage';
import type { AccessRequest, Caller, DeployedResource } from '../../../local/kernel/types';
import { removeTemporaryFolders, temporaryFolder } from '../../support/cloud-assembly';
import { aStatement } from '../../support/cloud-policies';
import { aResource } from '../../support/cloud-resources';

const ROLE_ARN = 'arn:aws:iam::000000000000:role/worker';
const WORKER: Caller = { kind: 'role', arn: ROLE_ARN };
const ADMIN: Caller = { kind: 'admin', arn: 'arn:aws:iam::000000000000:user/admin' };
const EVENTS: Caller = { kind: 'role', arn: 'service:events.amazonaws.com' };
const KEY_ARN = 'arn:aws:s3:::data/runs/1/plan.json';

afterEach(removeTemporaryFolders);

const aRole = (properties: DeployedResource['properties'] = {}): DeployedResource =>
  aResource({ type: 'AWS::IAM::Role', logicalId: 'Role', ref: 'worker', attributes: { Arn: ROLE_ARN }, properties });

const aDocument = (...statements: readonly unknown[]) => ({ Version: '2012-10-17', Statement: statements });

const inline = (...statements: readonly unknown[]) => ({ Policies: [{ PolicyName: 'inline', PolicyDocument: aDocument(...statements) }] });

function anAuthorizer(resources: readonly DeployedResource[], stateDir = temporaryFolder()): Authorizer {
  return new Authorizer(loadPolicies(resources), new Usage(stateDir));
}

const aRequest = (overrides: Partial<AccessRequest> = {}): AccessRequest => ({
  caller: WORKER,
  action: 's3:GetObject',
  resource: KEY_ARN,
  ...overrides,
});

function outcome(authorizer: Authorizer, overrides: Partial<AccessRequest> = {}): string {
  try {
    authorizer.authorize(aRequest(overrides));
    return 'allowed';
  } catch (error) {
    return (error as Error).message;
  }
}

test.each<[string, readonly DeployedResource[]]>([
  ['an inline policy', [aRole(inline(aStatement({ Action: 's3:GetObject' })))]],
  [
    'a policy that names the role',
    [aRole(), aResource({ type: 'AWS::IAM::Policy', properties: { Roles: ['worker'], PolicyDocument: aDocument(aStatement()) } })],
  ],
  [
    'a managed policy that names the role',
    [aRole(), aResource({ type: 'AWS::IAM::ManagedPolicy', properties: { Roles: ['worker'], PolicyDocument: aDocument(aStatement()) } })],
  ],
  [
    'a managed policy that the role names',
    [
      aRole({ ManagedPolicyArns: ['arn:own'] }),
      aResource({ type: 'AWS::IAM::ManagedPolicy', ref: 'arn:own', properties: { PolicyDocument: aDocument(aStatement()) } }),
    ],
  ],
  ['a policy of AWS', [aRole({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'] })]],
  [
    'the bucket’s policy',
    [
      aRole(),
      aResource({
        type: 'AWS::S3::BucketPolicy',
        properties: { Bucket: 'data', PolicyDocument: aDocument(aStatement({ Principal: { AWS: ROLE_ARN } })) },
      }),
    ],
  ],
])('a role may do what %s allows', (_, resources) => {
  expect(outcome(anAuthorizer(resources))).toBe('allowed');
});

test('a denial is worded as AWS words it', () => {
  const bucketPolicy = aResource({
    type: 'AWS::S3::BucketPolicy',
    logicalId: 'Policy',
    properties: {
      Bucket: 'data',
      PolicyDocument: aDocument(aStatement({ Sid: 'No', Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject' })),
    },
  });
  const authorizer = anAuthorizer([aRole(inline(aStatement({ Effect: 'Deny', Action: 's3:PutObject' }))), bucketPolicy]);
  const user = 'User: arn:aws:sts::000000000000:assumed-role/worker/local is not authorized to perform:';

  expect(outcome(authorizer)).toBe(
    `${user} s3:GetObject on resource: ${KEY_ARN} because no identity-based policy allows the s3:GetObject action`,
  );
  expect(outcome(authorizer, { action: 's3:PutObject' })).toBe(
    `${user} s3:PutObject on resource: ${KEY_ARN} with an explicit deny in an identity-based policy (S.Role inline statement 0)`,
  );
  expect(outcome(authorizer, { action: 's3:DeleteObject', caller: ADMIN })).toBe(
    `User: ${ADMIN.arn} is not authorized to perform: s3:DeleteObject on resource: ${KEY_ARN} with an explicit deny in a resource-based policy (S.Policy statement No)`,
  );
});

test('a ledger that is written once refuses unconditional writes and all deletes, from anyone', () => {
  const ledger = aResource({
    type: 'AWS::S3::BucketPolicy',
    properties: {
      Bucket: 'data',
      PolicyDocument: aDocument(
        aStatement({
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: 's3:PutObject',
          Resource: 'arn:aws:s3:::data/runs/*',
          Condition: { Null: { 's3:if-none-match': 'true' }, BoolIfExists: { 's3:ObjectCreationOperation': 'true' } },
        }),
        aStatement({ Effect: 'Deny', Principal: { AWS: '*' }, Action: 's3:DeleteObject*', Resource: 'arn:aws:s3:::data/runs/*' }),
      ),
    },
  });
  const authorizer = anAuthorizer([aRole(inline(aStatement())), ledger]);
  const put = (caller: Caller, context: AccessRequest['context']) => outcome(authorizer, { caller, action: 's3:PutObject', context });

  for (const caller of [WORKER, ADMIN]) {
    expect(put(caller, {})).toContain('explicit deny');
    expect(put(caller, { 's3:if-none-match': '*' })).toBe('allowed');
    expect(put(caller, { 's3:ObjectCreationOperation': 'false' })).toBe('allowed');
    expect(outcome(authorizer, { caller, action: 's3:DeleteObjectVersion' })).toContain('explicit deny');
  }
});

test('a service is let into a queue by the queue’s policy, for its own rule only', () => {
  const queuePolicy = aResource({
    type: 'AWS::SQS::QueuePolicy',
    properties: {
      Queues: ['http://127.0.0.1:1234/000000000000/jobs'],
      PolicyDocument: aDocument(
        aStatement({
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws:events:us-east-1:000000000000:rule/r' } },
        }),
      ),
    },
  });
  const authorizer = anAuthorizer([queuePolicy]);
  const send = (rule: string, caller = EVENTS): string =>
    outcome(authorizer, {
      caller,
      action: 'sqs:SendMessage',
      resource: 'arn:aws:sqs:us-east-1:000000000000:jobs',
      context: { 'aws:SourceArn': `arn:aws:events:us-east-1:000000000000:rule/${rule}` },
    });

  expect(send('r')).toBe('allowed');
  expect(send('r', { kind: 'role', arn: 'events.amazonaws.com' })).toBe('allowed');
  expect(send('s')).toBe(
    'User: events.amazonaws.com is not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:us-east-1:000000000000:jobs because no resource-based policy allows the sqs:SendMessage action',
  );
  expect(send('r', { kind: 'role', arn: 'service:sns.amazonaws.com' })).toContain('is not authorized');
});

test('a permission of a function lets its service in, by source', () => {
  const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:settle';
  const permission = aResource({
    type: 'AWS::Lambda::Permission',
    properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: functionArn,
      Principal: 'events.amazonaws.com',
      SourceArn: 'arn:aws:events:us-east-1:000000000000:rule/batch-*',
      SourceAccount: '000000000000',
    },
  });
  const authorizer = anAuthorizer([permission]);
  const invoke = (rule: string, resource = functionArn): string =>
    outcome(authorizer, {
      caller: EVENTS,
      action: 'lambda:InvokeFunction',
      resource,
      context: { 'aws:SourceArn': `arn:aws:events:us-east-1:000000000000:rule/${rule}` },
    });

  expect(invoke('batch-1')).toBe('allowed');
  expect(invoke('other')).toContain('no resource-based policy allows');
  expect(invoke('batch-1', functionArn.replace('settle', 'plan'))).toContain('no resource-based policy allows');
});

test('a topic’s policy is found by the topic', () => {
  const topic = 'arn:aws:sns:us-east-1:000000000000:notices';
  const policy = aResource({
    type: 'AWS::SNS::TopicPolicy',
    properties: { Topics: [topic], PolicyDocument: aDocument(aStatement({ Principal: { Service: 'cloudwatch.amazonaws.com' } })) },
  });
  const request = { caller: { kind: 'role', arn: 'cloudwatch.amazonaws.com' }, action: 'sns:Publish', resource: topic } as const;

  expect(outcome(anAuthorizer([policy]), request)).toBe('allowed');
});

test.each<[string, Readonly<Record<string, unknown>>]>([
  ['transport', { Bool: { 'aws:SecureTransport': 'false' } }],
  ['caller', { ArnNotEquals: { 'aws:PrincipalArn': ROLE_ARN } }],
  ['account of the caller', { StringNotEquals: { 'aws:PrincipalAccount': '000000000000' } }],
  ['account of the resource', { StringNotEquals: { 'aws:ResourceAccount': '000000000000' } }],
  ['kind of caller', { Bool: { 'aws:PrincipalIsAWSService': 'true' } }],
])('every request carries its %s', (_, Condition) => {
  const authorizer = anAuthorizer([aRole(inline(aStatement(), aStatement({ Effect: 'Deny', Condition })))]);

  expect(outcome(authorizer)).toBe('allowed');
});

test.each<[string, DeployedResource, RegExp]>([
  [
    'an unknown policy of AWS',
    aRole({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/Nope'] }),
    /managed policy arn:aws:iam::aws:policy\/Nope \(known: /,
  ],
  ['a managed policy of nowhere', aRole({ ManagedPolicyArns: ['arn:aws:iam::1:policy/x'] }), /which no template holds/],
  ['a permissions boundary', aRole({ PermissionsBoundary: 'arn:x' }), /permissions boundary of S\.Role/],
  [
    'a policy of an unknown role',
    aResource({ type: 'AWS::IAM::Policy', properties: { Roles: ['x'], PolicyDocument: aDocument() } }),
    /role x of S\.R/,
  ],
])('%s is refused by name', (_, resource, message) => {
  expect(() => loadPolicies([resource])).toThrow(message);
});

test('permissions that no call has needed are reported, across restarts', () => {
  const stateDir = temporaryFolder();
  const resources = [
    aRole(
      inline(
        aStatement({ Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::data/*' }),
        aStatement({ Action: undefined, NotAction: 's3:*' }),
        aStatement({ Effect: 'Deny', Action: 's3:DeleteObject' }),
      ),
    ),
  ];
  const unused = (authorizer: Authorizer) => authorizer.unused().map(({ action }) => action);

  const first = anAuthorizer(resources, stateDir);
  expect(unused(first)).toEqual(['s3:GetObject', 's3:PutObject', 'all but s3:*']);
  first.authorize(aRequest());
  first.authorize(aRequest());
  first.authorize(aRequest({ action: 'sqs:SendMessage' }));

  const second = anAuthorizer(resources, stateDir);
  expect(second.unused()).toEqual([{ role: ROLE_ARN, action: 's3:PutObject', resources: ['arn:aws:s3:::data/*'] }]);
  expect(second.unused(() => false)).toEqual([]);
  second.authorize(aRequest());
  expect(
    readFileSync(path.join(stateDir, 'iam', 'used.jsonl'), 'utf8')
      .trim()
      .split('\n'),
  ).toHaveLength(2);
});

test('a line of the usage file that a kill cut short does no harm', () => {
  const stateDir = temporaryFolder();
  const resources = [aRole(inline(aStatement()))];
  anAuthorizer(resources, stateDir).authorize(aRequest());
  const file = path.join(stateDir, 'iam', 'used.jsonl');
  writeFileSync(file, `${readFileSync(file, 'utf8')}{"role":"arn:`);

  expect(anAuthorizer(resources, stateDir).unused()).toEqual([]);
  expect(existsSync(file)).toBe(true);
});

test('calls by the thousand are judged in well under a millisecond each', () => {
  const statements = Array.from({ length: 30 }, (_, index) =>
    aStatement({ Action: 's3:GetObject', Resource: `arn:aws:s3:::data/runs/*/x${index}/*` }),
  );
  const authorizer = anAuthorizer([aRole(inline(...statements, aStatement({ Resource: 'arn:aws:s3:::data/*' })))]);
  const calls = 20_000;

  const start = performance.now();
  for (let call = 0; call < calls; call += 1)
    authorizer.authorize(aRequest({ resource: `arn:aws:s3:::data/runs/${call}/chunks/${call}.json` }));

  expect((performance.now() - start) / calls).toBeLessThan(0.5);
});
