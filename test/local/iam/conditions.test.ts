// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies write their variables like this
import { compilePolicy } from '../../../local/iam/statements';
import { aStatement, decide } from '../../support/cloud-policies';

type Values = Readonly<Record<string, string | readonly string[]>>;

const holds = (Condition: unknown, context: Values): boolean => decide({ context }, [aStatement({ Condition })]).allowed;

test.each<[string, unknown, Values, boolean]>([
  ['StringEquals', { StringEquals: { 'aws:k': 'a' } }, { 'aws:k': 'a' }, true],
  ['StringEquals is strict about letters', { StringEquals: { 'aws:k': 'a' } }, { 'aws:k': 'A' }, false],
  ['StringEquals to one of several', { StringEquals: { 'aws:k': ['a', 'b'] } }, { 'aws:k': 'b' }, true],
  ['StringEquals takes no wildcards', { StringEquals: { 'aws:k': 'a*' } }, { 'aws:k': 'ab' }, false],
  ['keys are found in any letters', { StringEquals: { 'AWS:K': 'a' } }, { 'aws:k': 'a' }, true],
  ['StringNotEquals to all', { StringNotEquals: { 'aws:k': ['a', 'b'] } }, { 'aws:k': 'b' }, false],
  ['StringNotEquals', { StringNotEquals: { 'aws:k': ['a', 'b'] } }, { 'aws:k': 'c' }, true],
  ['StringEqualsIgnoreCase', { StringEqualsIgnoreCase: { 'aws:k': 'a' } }, { 'aws:k': 'A' }, true],
  ['StringNotEqualsIgnoreCase', { StringNotEqualsIgnoreCase: { 'aws:k': 'a' } }, { 'aws:k': 'A' }, false],
  ['StringLike', { StringLike: { 's3:prefix': 'runs/*' } }, { 's3:prefix': 'runs/x' }, true],
  ['StringNotLike', { StringNotLike: { 's3:prefix': 'runs/*' } }, { 's3:prefix': 'runs/x' }, false],
  ['ArnLike', { ArnLike: { 'aws:SourceArn': 'arn:aws:events:*:*:rule/*' } }, { 'aws:SourceArn': 'arn:aws:events:r:1:rule/x' }, true],
  [
    'ArnLike keeps wildcards within a part',
    { ArnLike: { 'aws:SourceArn': 'arn:*:rule' } },
    { 'aws:SourceArn': 'arn:aws:events:r:1:rule' },
    false,
  ],
  [
    'ArnEquals takes wildcards too',
    { ArnEquals: { 'aws:SourceArn': 'arn:aws:sns:*:*:t' } },
    { 'aws:SourceArn': 'arn:aws:sns:r:1:t' },
    true,
  ],
  ['ArnNotLike', { ArnNotLike: { 'aws:SourceArn': 'arn:aws:sns:*:*:t' } }, { 'aws:SourceArn': 'arn:aws:sns:r:1:t' }, false],
  ['ArnNotEquals', { ArnNotEquals: { 'aws:SourceArn': 'arn:aws:sns:r:1:u' } }, { 'aws:SourceArn': 'arn:aws:sns:r:1:t' }, true],
  ['Bool', { Bool: { 'aws:SecureTransport': 'false' } }, { 'aws:SecureTransport': 'true' }, false],
  ['Bool given as a boolean', { Bool: { 'aws:SecureTransport': true } }, { 'aws:SecureTransport': 'true' }, true],
  ['NumericEquals', { NumericEquals: { 's3:max-keys': 10 } }, { 's3:max-keys': '10.0' }, true],
  ['NumericNotEquals', { NumericNotEquals: { 's3:max-keys': 10 } }, { 's3:max-keys': '10' }, false],
  ['NumericLessThan', { NumericLessThan: { 's3:TlsVersion': '1.2' } }, { 's3:TlsVersion': '1.1' }, true],
  ['NumericLessThanEquals', { NumericLessThanEquals: { 's3:max-keys': 10 } }, { 's3:max-keys': '10' }, true],
  ['NumericGreaterThan', { NumericGreaterThan: { 's3:max-keys': 10 } }, { 's3:max-keys': '10' }, false],
  ['NumericGreaterThanEquals', { NumericGreaterThanEquals: { 's3:max-keys': 10 } }, { 's3:max-keys': '10' }, true],
  ['a number compared with a word', { NumericLessThan: { 's3:max-keys': 10 } }, { 's3:max-keys': 'many' }, false],
  ['Null of an absent key', { Null: { 's3:if-none-match': 'true' } }, {}, true],
  ['Null of a present key', { Null: { 's3:if-none-match': 'true' } }, { 's3:if-none-match': '*' }, false],
  ['Null: false of a present key', { Null: { 's3:if-none-match': false } }, { 's3:if-none-match': '*' }, true],
  ['an absent key fails a positive operator', { StringLike: { 'aws:k': '*' } }, {}, false],
  ['an absent key passes a negated operator', { StringNotEquals: { 'aws:k': 'a' } }, {}, true],
  ['IfExists passes an absent key', { BoolIfExists: { 's3:ObjectCreationOperation': 'true' } }, {}, true],
  [
    'IfExists judges a present key',
    { BoolIfExists: { 's3:ObjectCreationOperation': 'true' } },
    { 's3:ObjectCreationOperation': 'false' },
    false,
  ],
  ['all operators must hold', { StringEquals: { 'aws:k': 'a' }, Bool: { 'aws:b': 'true' } }, { 'aws:k': 'a', 'aws:b': 'false' }, false],
  ['all keys must hold', { StringEquals: { 'aws:k': 'a', 'aws:l': 'b' } }, { 'aws:k': 'a' }, false],
  ['ForAnyValue', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['a', 'b'] } }, { 'aws:TagKeys': ['x', 'b'] }, true],
  ['ForAnyValue of an absent key', { 'ForAnyValue:StringNotEquals': { 'aws:TagKeys': 'a' } }, {}, false],
  ['ForAnyValue negated', { 'ForAnyValue:StringNotEquals': { 'aws:TagKeys': 'a' } }, { 'aws:TagKeys': ['a', 'b'] }, true],
  ['ForAllValues', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } }, { 'aws:TagKeys': ['x', 'b'] }, false],
  ['ForAllValues of an absent key', { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'a' } }, {}, true],
  ['ForAllValues negated', { 'ForAllValues:StringNotLike': { 'aws:TagKeys': 'a*' } }, { 'aws:TagKeys': ['ab', 'c'] }, false],
  ['a variable in a value', { StringEquals: { 'aws:k': '${aws:PrincipalAccount}' } }, { 'aws:k': '1', 'aws:PrincipalAccount': '1' }, true],
  ['a variable in a pattern', { StringLike: { 'aws:k': 'x-${aws:u}-*' } }, { 'aws:k': 'x-*-y', 'aws:u': '*' }, true],
  ['a variable is no wildcard', { StringLike: { 'aws:k': 'x-${aws:u}-*' } }, { 'aws:k': 'x-z-y', 'aws:u': '*' }, false],
  ['a variable without a value matches nothing', { StringEquals: { 'aws:k': '${aws:u}' } }, { 'aws:k': '' }, false],
  ['a literal asterisk', { StringLike: { 'aws:k': 'a${*}' } }, { 'aws:k': 'a*' }, true],
  ['a literal asterisk matches nothing else', { StringLike: { 'aws:k': 'a${*}' } }, { 'aws:k': 'ab' }, false],
])('%s', (_, condition, context, expected) => {
  expect(holds(condition, context)).toBe(expected);
});

test('variables work in resources', () => {
  const own = aStatement({ Resource: 'arn:aws:s3:::bucket/${aws:username}/*' });
  const ask = (name: string) => decide({ resource: 'arn:aws:s3:::bucket/ann/x', context: { 'aws:username': name } }, [own]).allowed;

  expect(ask('ann')).toBe(true);
  expect(ask('bob')).toBe(false);
  expect(ask('*')).toBe(false);
  expect(decide({ resource: 'arn:aws:s3:::bucket/ann/x' }, [own]).allowed).toBe(false);
});

test.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
  [
    'an unknown operator',
    { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } },
    /condition operator IpAddress in test statement 0/,
  ],
  ['an unknown set operator', { Condition: { 'ForNoValue:StringEquals': { k: 'a' } } }, /condition operator ForNoValue:StringEquals/],
  ['a date', { Condition: { DateLessThan: { 'aws:CurrentTime': '2030-01-01' } } }, /condition operator DateLessThan/],
  ['a default of a variable', { Resource: "arn:${aws:x, 'y'}" }, /policy variable with a default/],
  ['neither Action nor NotAction', { Action: undefined }, /has neither Action nor NotAction/],
  ['both Action and NotAction', { NotAction: 's3:*' }, /has both Action and NotAction/],
  ['an unknown element', { NotPrincipal: '*' }, /NotPrincipal/],
  ['an unknown kind of principal', { Principal: { Federated: 'x' } }, /Federated|Principal/],
  ['an unknown effect', { Effect: 'Maybe' }, /Effect/],
])('%s is refused by name', (_, overrides, message) => {
  expect(() => compilePolicy({ Statement: [aStatement(overrides)] }, 'test')).toThrow(message);
});
