import { ListObjectsV2Command, type ListObjectsV2CommandInput, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { page, walk } from '../../../local/s3/listing';
import { OrderedKeys } from '../../../local/s3/ordered-keys';
import { startS3, type TestCloud } from './support';

const Bucket = 'listed';
const KEYS = ['a', 'a b+c%', 'a/1', 'a/2', 'a/b/1', 'a0', 'b/<&>', 'ü', '\uffee', '😀'];
let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startS3({ listed: {}, empty: {}, many: {} });
  for (const key of KEYS.toReversed()) cloud.s3.putObject(Bucket, key, Buffer.from(key));
});
afterAll(() => cloud.stop());

const list = (input: Partial<ListObjectsV2CommandInput> = {}): Promise<ListObjectsV2CommandOutput> =>
  cloud.client.send(new ListObjectsV2Command({ Bucket, ...input }));
const keysOf = ({ Contents }: ListObjectsV2CommandOutput): (string | undefined)[] => (Contents ?? []).map(({ Key }) => Key);
const prefixesOf = ({ CommonPrefixes }: ListObjectsV2CommandOutput): (string | undefined)[] =>
  (CommonPrefixes ?? []).map(({ Prefix }) => Prefix);

async function everyPage(input: Partial<ListObjectsV2CommandInput>): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = [];
  for (let token: string | undefined, more = true; more; ) {
    const answer = await list({ ...input, ContinuationToken: token });
    found.push(...keysOf(answer), ...prefixesOf(answer));
    token = answer.NextContinuationToken;
    more = answer.IsTruncated === true;
  }
  return found;
}

test('keys come in UTF-8 order with what a listing says of each', async () => {
  const answer = await list();

  expect(keysOf(answer)).toEqual(KEYS);
  expect(answer).toMatchObject({ KeyCount: KEYS.length, IsTruncated: false, MaxKeys: 1000, Name: Bucket });
  expect(answer.Contents?.[0]).toMatchObject({
    Size: 1,
    StorageClass: 'STANDARD',
    ChecksumType: 'FULL_OBJECT',
    LastModified: expect.any(Date),
  });
});

test.each([
  [{ Prefix: 'a/' }, ['a/1', 'a/2', 'a/b/1'], []],
  [{ Prefix: 'a/', Delimiter: '/' }, ['a/1', 'a/2'], ['a/b/']],
  [{ Delimiter: '/' }, ['a', 'a b+c%', 'a0', 'ü', '\uffee', '😀'], ['a/', 'b/']],
  [{ StartAfter: 'a/2' }, ['a/b/1', 'a0', 'b/<&>', 'ü', '\uffee', '😀'], []],
  [{ StartAfter: 'a/', Delimiter: '/' }, ['a0', 'ü', '\uffee', '😀'], ['b/']],
  [{ Prefix: 'nothing' }, [], []],
  [{ Prefix: 'a', Delimiter: 'b' }, ['a', 'a/1', 'a/2', 'a0'], ['a b', 'a/b']],
])('%j gives the right keys and prefixes', async (input, keys, prefixes) => {
  const answer = await list(input);

  expect(keysOf(answer)).toEqual(keys);
  expect(prefixesOf(answer)).toEqual(prefixes);
});

test.each([1, 2, 3, 7])('pages of %s give every key once and in order', async (MaxKeys) => {
  expect(await everyPage({ MaxKeys })).toEqual(KEYS);
});

test('pages of one fold each prefix once', async () => {
  expect(await everyPage({ MaxKeys: 1, Delimiter: '/' })).toEqual(['a', 'a b+c%', 'a/', 'a0', 'b/', 'ü', '\uffee', '😀']);
});

test('encoding-type=url writes what XML could not carry', async () => {
  const answer = await list({ EncodingType: 'url', Prefix: 'a ' });

  expect(keysOf(answer)).toEqual(['a+b%2Bc%25']);
  expect(answer).toMatchObject({ EncodingType: 'url', Prefix: 'a+' });
});

test('no keys are asked for, none come', async () => {
  expect(await list({ MaxKeys: 0 })).toMatchObject({ KeyCount: 0, IsTruncated: false });
});

test('an empty bucket lists nothing', async () => {
  expect(await list({ Bucket: 'empty' })).toMatchObject({ KeyCount: 0, IsTruncated: false });
});

test.each([{ MaxKeys: -1 }, { ContinuationToken: 'made up' }, { EncodingType: 'base64' as 'url' }])('%j is refused', async (input) => {
  await expect(list(input)).rejects.toMatchObject({ name: 'InvalidArgument' });
});

test('any listing in pages equals the whole listing, and folds exactly what a naive listing folds', () => {
  const key = fc.stringMatching(/^[ab/]{1,5}$/);
  fc.assert(
    fc.property(fc.array(key), fc.stringMatching(/^[ab/]{0,2}$/), (keys, prefix) => {
      const ordered = new OrderedKeys();
      for (const one of keys) ordered.add(one);
      const naive = [...new Set(keys)]
        .toSorted()
        .filter((one) => one.startsWith(prefix))
        .map((one) => {
          const end = one.indexOf('/', prefix.length);
          return end < 0 ? one : one.slice(0, end + 1);
        });

      const walked = [...walk(ordered, '', { prefix, delimiter: '/' })].map((item) => ('key' in item ? item.key : item.prefix));

      // A key that ends with the delimiter folds into itself, so a prefix stands once for all that fold into it.
      expect(walked).toEqual([...new Set(naive)]);
    }),
  );
});

test('a page of a folder with a hundred thousand keys looks at its own keys only', () => {
  const ordered = new OrderedKeys();
  for (let i = 0; i < 100_000; i++) ordered.add(`big/${String(i).padStart(6, '0')}`);
  ordered.add('z');
  let looks = 0;
  const from = ordered.from.bind(ordered);
  ordered.from = function* (start: string) {
    for (const key of from(start)) {
      looks++;
      yield key;
    }
  };

  const folded = page(walk(ordered, '', { prefix: '', delimiter: '/' }), 10);
  const middle = page(walk(ordered, 'big/050000', { prefix: 'big/', delimiter: '' }), 1000);

  expect(folded.items).toEqual([{ prefix: 'big/' }, { key: 'z' }]);
  expect(middle.items.length).toBe(1000);
  expect(looks).toBeLessThan(1010);
});
