import { localPathOf, parseUri } from '../../../cli/state/local-path';

test.each([
  ['s3://b/k', { bucket: 'b', key: 'k' }],
  ['s3://b/a/b c+%41ü.csv', { bucket: 'b', key: 'a/b c+%41ü.csv' }],
  ['s3://b/', { bucket: 'b', key: '' }],
  ['s3://b', undefined],
  ['s3:///k', undefined],
  ['https://b/k', undefined],
])('%s', (uri, parts) => {
  expect(parseUri(uri)).toEqual(parts);
});

test('an object lies under its bucket in the state folder', () => {
  expect(localPathOf('/state', 's3://out/job/run/')).toBe('/state/s3/out/job/run/');
  expect(localPathOf('/state', 'arn:aws:s3:::out')).toBeUndefined();
});
