import { checkScope, prefixOf } from '../../../core/plan/source-scope';
import { aSpec } from '../../support/records';

const SCOPE = { inputBucket: 'input', spec: aSpec() };

test.each([
  [{ kind: 'prefix', bucket: 'input', prefix: 'incoming/orders/' }, 'incoming/orders/'],
  [{ kind: 'prefix', bucket: 'input', prefix: 'incoming/orders/2026/' }, 'incoming/orders/2026/'],
  [{ kind: 'inventory', bucket: 'reports', manifest: 'm/manifest.json' }, 'incoming/orders/'],
  [{ kind: 'inventory', bucket: 'reports', manifest: 'm/manifest.json', prefix: 'incoming/orders/a' }, 'incoming/orders/a'],
] as const)('%j means %s', (source, prefix) => {
  expect(prefixOf(source, SCOPE)).toBe(prefix);
});

test.each([
  [{ kind: 'prefix', bucket: 'other', prefix: 'incoming/orders/' }, 's3://other/incoming/orders/ lies outside of the input bucket'],
  [{ kind: 'prefix', bucket: 'input', prefix: 'incoming/' }, 'expected a prefix that begins with its input.prefix, incoming/orders/'],
  [{ kind: 'inventory', bucket: 'reports', manifest: 'm', prefix: '' }, 'expected a prefix that begins with its input.prefix'],
] as const)('%j is refused by name', (source, message) => {
  expect(() => prefixOf(source, SCOPE)).toThrow(
    expect.objectContaining({ name: 'CONFIGFailure', message: expect.stringContaining(message) }),
  );
});

test('objects by name lie below the prefix of the job, or below its requests', () => {
  const keys = ['incoming/orders/a.csv', 'requests/orders/b.csv'];

  expect(() =>
    checkScope(
      keys.map((key) => ({ bucket: 'input', key, versionId: 'v' })),
      SCOPE,
    ),
  ).not.toThrow();
});

test.each([
  ['input', 'incoming/customers/a.csv'],
  ['input', 'requests/customers/a.csv'],
  ['other', 'incoming/orders/a.csv'],
])('an object of %s called %s is refused by name', (bucket, key) => {
  expect(() => checkScope([{ bucket, key, versionId: 'v' }], SCOPE)).toThrow(
    expect.objectContaining({
      name: 'CONFIGFailure',
      message: `s3://${bucket}/${key} lies outside of what job orders reads, expected a key that begins with incoming/orders/ or requests/orders/ in input`,
    }),
  );
});
