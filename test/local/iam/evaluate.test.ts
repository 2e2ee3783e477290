import fc from 'fast-check';
import type { Principal } from '../../../local/iam/statements';
import { aResourceStatement, aStatement, decide, ROLE } from '../../support/cloud-policies';

const ADMIN: Principal = { kind: 'admin', id: 'arn:aws:iam::000000000000:user/admin' };
const EVENTS: Principal = { kind: 'service', id: 'events.amazonaws.com' };
const ROOT = 'arn:aws:iam::000000000000:root';

test('nothing is allowed by nothing', () => {
  expect(decide({}, [])).toEqual({ allowed: false, reason: 'implicit' });
});

test.each<[string, Readonly<Record<string, unknown>>, boolean]>([
  ['the action itself', { Action: 's3:GetObject' }, true],
  ['one of several actions', { Action: ['s3:PutObject', 's3:GetObject'] }, true],
  ['the action in other letters', { Action: 'S3:getobject' }, true],
  ['an action pattern', { Action: 's3:Get*' }, true],
  ['an action pattern with a question mark', { Action: 's3:?etObject' }, true],
  ['another action', { Action: 's3:PutObject' }, false],
  ['an action that only begins alike', { Action: 's3:GetObjec' }, false],
  ['all actions but others', { Action: undefined, NotAction: 's3:PutObject' }, true],
  ['all actions but this', { Action: undefined, NotAction: ['s3:Get*'] }, false],
  ['the resource itself', { Resource: 'arn:aws:s3:::bucket/key' }, true],
  ['a resource pattern', { Resource: ['arn:aws:s3:::other/*', 'arn:aws:s3:::bucket/*'] }, true],
  ['a resource in other letters', { Resource: 'arn:aws:s3:::Bucket/key' }, false],
  ['another resource', { Resource: 'arn:aws:s3:::bucket/other' }, false],
  ['the bucket instead of its object', { Resource: 'arn:aws:s3:::bucket' }, false],
  ['all resources but others', { Resource: undefined, NotResource: 'arn:aws:s3:::bucket/private/*' }, true],
  ['all resources but this', { Resource: undefined, NotResource: 'arn:aws:s3:::bucket/*' }, false],
  ['characters that a regular expression would read otherwise', { Resource: 'arn:aws:s3:::bucket.key' }, false],
])('an identity that is allowed %s', (_, statement, allowed) => {
  expect(decide({}, [aStatement(statement)]).allowed).toBe(allowed);
});

test('a deny of the identity wins over every allow', () => {
  const decision = decide({}, [aStatement(), aStatement({ Effect: 'Deny', Action: 's3:GetObject' })], [aResourceStatement()]);

  expect(decision).toMatchObject({ allowed: false, reason: 'explicit', policy: 'identity', by: { where: 'test statement 1' } });
});

test('a deny of the resource wins over every allow', () => {
  const decision = decide({}, [aStatement()], [aResourceStatement({ Sid: 'Never', Effect: 'Deny' })]);

  expect(decision).toMatchObject({ allowed: false, reason: 'explicit', policy: 'resource', by: { where: 'test statement Never' } });
});

test.each<[string, unknown, boolean]>([
  ['everybody', '*', true],
  ['every AWS principal', { AWS: '*' }, true],
  ['the role', { AWS: [ROLE.id] }, true],
  ['another role', { AWS: 'arn:aws:iam::000000000000:role/other' }, false],
  ['the account, which leaves it to the role’s own policies', { AWS: ROOT }, false],
  ['a service', { Service: 'lambda.amazonaws.com' }, false],
])('a resource that lets in %s, a role without policies of its own', (_, Principal, allowed) => {
  expect(decide({}, [], [aResourceStatement({ Principal })]).allowed).toBe(allowed);
});

test.each([ROOT, '000000000000'])('a deny for the account %s is a deny for its roles', (account) => {
  const denied = aResourceStatement({ Effect: 'Deny', Principal: { AWS: account } });

  expect(decide({}, [aStatement()], [denied]).allowed).toBe(false);
});

test.each<[string, readonly unknown[], boolean]>([
  ['nothing', [], false],
  ['its name', [aResourceStatement({ Principal: { Service: EVENTS.id } })], true],
  ['another service’s name', [aResourceStatement({ Principal: { Service: 'sns.amazonaws.com' } })], false],
])('a service is let in by a resource policy with %s', (_, resource, allowed) => {
  expect(decide({ principal: EVENTS }, [], resource).allowed).toBe(allowed);
});

test('an admin may do everything that no resource forbids', () => {
  const forbidden = aResourceStatement({ Effect: 'Deny', Action: 's3:DeleteObject' });

  expect(decide({ principal: ADMIN }, [], [forbidden]).allowed).toBe(true);
  expect(decide({ principal: ADMIN, action: 's3:DeleteObject' }, [], [forbidden]).allowed).toBe(false);
});

const anyPattern = fc.constantFrom('*', 's3:*', 's3:Get*', 's3:GetObject', 's3:PutObject', 'sqs:?endMessage');
const anyResource = fc.constantFrom('*', 'arn:aws:s3:::bucket/*', 'arn:aws:s3:::bucket/key', 'arn:aws:sqs:*');
const anyEffect = fc.constantFrom('Allow', 'Deny');
const anyStatement = fc
  .record({ Effect: anyEffect, Action: anyPattern, Resource: anyResource })
  .map((statement) => aResourceStatement(statement));
const anyAction = fc.constantFrom('s3:GetObject', 's3:PutObject', 'sqs:SendMessage');
const anyPrincipal = fc.constantFrom(ROLE, ADMIN, EVENTS);

test('law: an explicit deny stays a deny, whatever statements are added', () => {
  fc.assert(
    fc.property(fc.array(anyStatement), fc.array(anyStatement), anyAction, anyPrincipal, (first, added, action, principal) => {
      const before = decide({ action, principal }, [], first);

      fc.pre(!before.allowed && before.reason === 'explicit');
      expect(decide({ action, principal }, added, [...added, ...first]).allowed).toBe(false);
    }),
  );
});

test('law: adding a deny never allows, adding an allow never denies', () => {
  fc.assert(
    fc.property(fc.array(anyStatement), anyStatement, anyAction, anyPrincipal, (statements, added, action, principal) => {
      const before = decide({ action, principal }, statements, statements).allowed;

      const denied = decide({ action, principal }, [...statements, { ...added, Effect: 'Deny' }], statements).allowed;
      const allowed = decide({ action, principal }, [...statements, { ...added, Effect: 'Allow' }], statements).allowed;

      expect(denied && !before).toBe(false);
      expect(before && !allowed).toBe(false);
    }),
  );
});

test('law: the order of statements does not matter', () => {
  fc.assert(
    fc.property(fc.array(anyStatement), anyAction, anyPrincipal, (statements, action, principal) => {
      const forwards = decide({ action, principal }, statements, statements);
      const backwards = decide({ action, principal }, statements.toReversed(), statements.toReversed());

      expect(backwards.allowed).toBe(forwards.allowed);
    }),
  );
});
