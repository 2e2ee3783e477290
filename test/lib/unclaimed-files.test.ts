import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { UnclaimedFiles } from '../../lib/unclaimed-files';
import { compile } from '../../local/eventbridge/pattern';

/** The pattern for jobs with these prefixes. */
function patternFor(prefixes: readonly string[]): Record<string, unknown> {
  const stack = new Stack(new App(), 'Test');
  const flag = new LambdaFunction(stack, 'Flag', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('//') });
  new UnclaimedFiles(stack, 'UnclaimedFiles', { input: Bucket.fromBucketName(stack, 'Input', 'inbox'), flag, prefixes });
  const [rule] = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule'));
  return rule?.Properties.EventPattern;
}

const created = (key: string) => ({
  source: 'aws.s3',
  'detail-type': 'Object Created',
  detail: { bucket: { name: 'inbox' }, object: { key } },
});

test('what no job reads is caught, and nothing else calls the function', () => {
  const matches = compile(patternFor(['incoming/orders/', 'incoming/flights/']));

  expect(['incoming/x.csv', 'incoming/order/x.csv', 'x', 'request'].every((key) => matches(created(key)))).toBe(true);
  expect(['incoming/orders/x.csv', 'incoming/flights/a/b', 'requests/orders/x.csv'].some((key) => matches(created(key)))).toBe(false);
});

test('with more jobs than a pattern of 2048 characters holds every file is caught, for the function to compare', () => {
  const prefixes = Array.from({ length: 300 }, (_, i) => `incoming/department-${i}/orders/`);

  for (const count of [1, 30, 45, 46, 47, 48, 49, 50, 51, 52, 60, 300]) {
    const pattern = patternFor(prefixes.slice(0, count));
    expect(JSON.stringify(pattern).length).toBeLessThanOrEqual(2048 - 63);
    expect(compile(pattern)(created('elsewhere/x.csv'))).toBe(true);
    expect(compile(pattern)(created('requests/orders/x.csv'))).toBe(false);
  }
  expect(compile(patternFor(prefixes))(created('incoming/department-1/orders/x.csv'))).toBe(true);
});

test('a deployment without jobs flags every file', () => {
  expect(compile(patternFor([]))(created('x.csv'))).toBe(true);
});
