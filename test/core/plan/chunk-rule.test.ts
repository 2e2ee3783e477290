import { chunkRuleOf, DEFAULT_CHUNK_BYTES, DEFAULT_FILES_OF_CHUNK, holdsWork, packerOf } from '../../../core/plan/chunk-rule';
import { JobSpec } from '../../../core/spec/schema';

const aSpec = (format: string, chunk: Record<string, unknown> = {}) =>
  JobSpec.parse({
    name: 'job',
    input: { prefix: 'in/', format },
    chunk,
    process: { command: ['true'] },
    output: { format: format === 'files' ? 'files' : 'jsonl' },
  });

test('records are cut by size alone, and objects without bytes hold none', () => {
  const rule = chunkRuleOf(aSpec('csv', { bytes: '1MiB' }));

  expect(rule).toEqual({ bytes: 1024 * 1024 });
  expect(holdsWork(rule, { bytes: 0 })).toBe(false);
});

test('text in another encoding than UTF-8 is never cut', () => {
  const { input, ...spec } = aSpec('csv');

  expect(chunkRuleOf({ ...spec, input: { ...input, encoding: 'utf-16le' } })).toEqual({ bytes: DEFAULT_CHUNK_BYTES, uncut: true });
});

test('files are packed by number and size, and one without bytes is a file too', () => {
  const rule = chunkRuleOf(aSpec('files', { files: 3 }));

  expect(rule).toEqual({ bytes: DEFAULT_CHUNK_BYTES, files: 3, whole: true });
  expect(chunkRuleOf(aSpec('files'))).toMatchObject({ files: DEFAULT_FILES_OF_CHUNK });
  expect(holdsWork(rule, { bytes: 0 })).toBe(true);
});

test('files stay in the order in which they are listed, also when the packer goes on where another stopped', () => {
  const rule = { bytes: 100, files: 2, whole: true };
  const first = packerOf(rule);
  const before = [{ bytes: 90 }, { bytes: 1 }, { bytes: 2 }].flatMap((file) => first.add(file));

  const second = packerOf(rule, first.state());
  const after = [...second.add({ bytes: 500 }), ...second.flush()];

  expect([...before, ...after].map(({ objects }) => objects.map(({ bytes }) => bytes))).toEqual([[90, 1], [2], [500]]);
});

test('small objects of records share chunks, by size and not by order', () => {
  const packer = packerOf({ bytes: 100 });

  for (const bytes of [10, 90, 60]) packer.add({ bytes });

  expect(packer.flush().map(({ bytes }) => bytes)).toEqual([100, 60]);
});
