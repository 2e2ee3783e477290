import { aSpec, deployed } from './fixture';

const deployment = deployed({ 'orders.yaml': aSpec('orders') });
afterAll(deployment.remove);

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

const many = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value]) as readonly T[];

/** Every statement that allows something to a role, with the id of the policy or role that holds it. */
const ALLOWED = deployment.all.flatMap((template) => [
  ...Object.entries(template.findResources('AWS::IAM::Policy')).flatMap(([id, { Properties }]) =>
    (Properties.PolicyDocument.Statement as Statement[]).map((statement) => ({ id, ...statement })),
  ),
  ...Object.entries(template.findResources('AWS::IAM::Role')).flatMap(([id, { Properties }]) =>
    ((Properties.Policies ?? []) as { PolicyDocument: { Statement: Statement[] } }[]).flatMap(({ PolicyDocument }) =>
      PolicyDocument.Statement.map((statement) => ({ id, ...statement })),
    ),
  ),
]);

/** Actions that AWS cannot narrow to a resource. */
const UNNARROWABLE: Readonly<Record<string, string>> = {
  'ecr:GetAuthorizationToken': 'log-in to the registry as a whole',
  'batch:ListJobs': 'no resource type',
  'batch:DescribeJobs': 'no resource type',
  'batch:DescribeJobDefinitions': 'no resource type',
  'logs:CreateLogDelivery': 'log deliveries have no resource type',
  'logs:GetLogDelivery': 'log deliveries have no resource type',
  'logs:UpdateLogDelivery': 'log deliveries have no resource type',
  'logs:DeleteLogDelivery': 'log deliveries have no resource type',
  'logs:ListLogDeliveries': 'log deliveries have no resource type',
  'logs:PutResourcePolicy': 'log deliveries have no resource type',
  'logs:DescribeResourcePolicies': 'log deliveries have no resource type',
  'logs:DescribeLogGroups': 'log deliveries have no resource type',
};

const actionsOf = (id: RegExp): ReadonlySet<string> =>
  new Set(ALLOWED.filter((each) => id.test(each.id) && each.Effect === 'Allow').flatMap(({ Action }) => many(Action)));

const resourcesOf = (id: RegExp, action: string): string =>
  JSON.stringify(
    ALLOWED.filter((each) => id.test(each.id) && many(each.Action).includes(action)).flatMap(({ Resource }) => many(Resource)),
  );

test('there is something to look at', () => {
  expect(ALLOWED.length).toBeGreaterThan(40);
});

test('no role may do a family of actions', () => {
  expect(
    ALLOWED.flatMap(({ id, Action }) => many(Action).map((action) => `${id}: ${action}`)).filter((action) => action.includes('*')),
  ).toEqual([]);
});

test('no role may act on everything, but for actions that AWS cannot narrow', () => {
  const onEverything = ALLOWED.filter(({ Resource }) => many(Resource).includes('*')).flatMap(({ Action }) => many(Action));

  expect(onEverything.filter((action) => !(action in UNNARROWABLE))).toEqual([]);
});

test('no role has a policy that AWS manages', () => {
  for (const template of deployment.all) {
    for (const { Properties } of Object.values(template.findResources('AWS::IAM::Role')))
      expect(Properties.ManagedPolicyArns).toBeUndefined();
  }
});

test.each([
  ['Submit', 'batch:SubmitJob'],
  ['Commit', 's3:DeleteObjectVersion'],
  ['Report', 'events:PutEvents'],
  ['Collect', 'batch:DeregisterJobDefinition'],
])('%s alone may %s', (step, action) => {
  const holders = new Set(ALLOWED.filter(({ Action }) => many(Action).includes(action)).map(({ id }) => id));

  expect([...holders]).toEqual([expect.stringMatching(new RegExp(`^${step}`))]);
});

test('only Submit, whose job comes after an abort, Commit, and the sweep for a Commit that could not, end jobs', () => {
  const holders = new Set(ALLOWED.filter(({ Action }) => many(Action).includes('batch:TerminateJob')).map(({ id }) => id));

  expect([...holders].toSorted()).toEqual([/^Commit/, /^Submit/, /^Sweep/].map((id) => expect.stringMatching(id)));
});

test('only intake starts runs, and sweep those that intake could not', () => {
  const holders = ALLOWED.filter(({ Action }) => many(Action).includes('states:StartExecution')).map(({ id }) => id.slice(0, 5));

  expect(new Set(holders)).toEqual(new Set(['Intak', 'Sweep']));
});

test('only settle, submit and sweep may wake a run', () => {
  const holders = ALLOWED.filter(({ Action }) => many(Action).includes('states:SendTaskSuccess')).map(({ id }) => id.slice(0, 6));

  expect(new Set(holders)).toEqual(new Set(['Submit', 'Settle', 'SweepR']));
});

test('settle writes nothing', () => {
  expect([...actionsOf(/^Settle/)].toSorted()).toEqual([
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    's3:GetObject',
    's3:ListBucket',
    'states:SendTaskSuccess',
  ]);
});

test('submit uses this deployment’s queues and job definitions only', () => {
  const resources = resourcesOf(/^Submit/, 'batch:SubmitJob');

  expect(resources).toContain('SpotQueue');
  expect(resources).toContain('OnDemandQueue');
  expect(resources).toContain(':job-definition/Batchwright-Compute-*');
});

test('only Commit writes decisions, and only into the state bucket', () => {
  const writers = ALLOWED.filter(
    ({ Action, Resource }) => many(Action).includes('s3:PutObject') && JSON.stringify(Resource).includes('/commit.json'),
  );

  expect(writers.map(({ id }) => id)).toEqual([expect.stringMatching(/^Commit/)]);
});

test('markers are written by workers and by nobody else', () => {
  const writers = ALLOWED.filter(
    ({ Action, Resource }) => many(Action).includes('s3:PutObject') && JSON.stringify(Resource).includes('/commits/'),
  );

  expect(writers.map(({ id }) => id)).toEqual([expect.stringMatching(/^JobordersJobRole/)]);
});

test('nobody may delete from the input bucket, nor from the state bucket anything but the marks of open runs', () => {
  const deletions = ALLOWED.filter(({ Action }) => many(Action).some((action) => action.startsWith('s3:Delete')));

  for (const { Resource } of deletions) expect(JSON.stringify(Resource)).toMatch(/GetAttOutput|GetAttState.*"\/open\/\*"/);
  expect(deletions).toHaveLength(2);
});

describe('lookups in S3', () => {
  const lookups = 'lookups: { airports: "s3://shared-data/airports.csv" }';
  const withLookups = deployed({
    'orders.yaml': aSpec('orders', `process: { sql: SELECT * FROM input, ${lookups} }`),
    'others.yaml': aSpec('others'),
  });
  afterAll(withLookups.remove);

  /** Ids of the policies that name the object, and how. */
  const allowed = withLookups.all.flatMap((template) =>
    Object.entries(template.findResources('AWS::IAM::Policy')).flatMap(([id, { Properties }]) =>
      (Properties.PolicyDocument.Statement as Statement[])
        .filter(({ Resource }) => JSON.stringify(Resource).includes('shared-data'))
        .map(({ Action, Resource }) => ({ id, Action, Resource })),
    ),
  );

  test('may be read by the worker of the job that names them and by the plan that pins them, and nothing beside them', () => {
    expect(allowed.map(({ id }) => id.replace(/(JobRole|Role).*/, '')).toSorted()).toEqual(['Joborders', 'Plan']);
    for (const { Action, Resource } of allowed) {
      expect(Action).toEqual(['s3:GetObject', 's3:GetObjectVersion']);
      expect(many(Resource).filter((resource) => JSON.stringify(resource).includes('shared-data'))).toEqual([
        { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::shared-data/airports.csv']] },
      ]);
    }
  });
});
