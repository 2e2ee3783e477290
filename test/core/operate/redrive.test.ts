import { lostChunks, openChunks, redriveConflict } from '../../../core/operate/redrive';
import { aChunk, aConfig, aMarker, aSpec, markersOf } from '../../support/records';

test('only chunks without a marker are done again, and their failures are forgotten', () => {
  const leaves = [aChunk('a', 0, 10), aChunk('b', 10, 20, { failures: { CODE: 2 }, replaces: 'x' })];

  expect(openChunks(leaves, markersOf(aMarker('a', { start: 0, end: 10 })))).toEqual([aChunk('b', 10, 20, { replaces: 'x' })]);
});

test('a committed chunk whose upload is gone is lost, one without parts is not', () => {
  const leaves = [aChunk('a', 0, 10), aChunk('b', 10, 20), aChunk('c', 20, 30), aChunk('d', 30, 40)];
  const markers = markersOf(
    aMarker('a', { start: 0, end: 10 }),
    aMarker('b', { start: 10, end: 20 }),
    aMarker('c', { start: 20, end: 30 }, { parts: [] }),
  );

  expect(lostChunks(leaves, markers, new Set(['u-a']))).toEqual(['b']);
});

test('a mended query or skip limit is no conflict, another input or output is', () => {
  const before = aConfig(aSpec());

  expect(
    redriveConflict(before, aConfig(aSpec({ process: { sql: 'SELECT 1 AS x FROM input' }, errors: { skipLimit: 5 } }))),
  ).toBeUndefined();
  expect(redriveConflict(before, aConfig(aSpec({ output: { format: 'csv' } })))).toMatch(/^output.format was changed/);
  expect(redriveConflict(before, aConfig(aSpec({ input: { prefix: 'incoming/orders/', format: 'jsonl' } })))).toMatch(/^input.format was/);
  expect(redriveConflict(before, aConfig(aSpec(), { output: { type: 'object' } }))).toMatch(/^output.schema was/);
});

test('a query that nobody judged is a conflict', () => {
  const { query: _query, ...unjudged } = aConfig();

  expect(redriveConflict(aConfig(), unjudged)).toMatch(/has no verdict on its queries, received none/);
});
