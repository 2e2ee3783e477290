import { metricsOf, totalsOf } from '../../../core/commit/totals';
import { aChunk, aMarker, markersOf } from '../../support/records';

const LEAVES = [aChunk('0', 0, 50), aChunk('1', 50, 100)];
const range = { start: 0, end: 50, records: 10 };
const counts = { read: 10, written: 10, filtered: 0, quarantined: 0 };

test('rows are summed where some chunk tells them apart from records', () => {
  const markers = markersOf(aMarker('0', range, { counts: { ...counts, rows: 25 } }), aMarker('1', range));

  expect(totalsOf(LEAVES, markers)).toEqual({ read: 20, written: 20, filtered: 0, quarantined: 0, rows: 35 });
});

test('no rows are told where they are the records', () => {
  expect(totalsOf(LEAVES, markersOf(aMarker('0', range), aMarker('1', range)))).not.toHaveProperty('rows');
});

test('what processors counted is summed by name, over the chunks that count', () => {
  const markers = markersOf(
    aMarker('0', range, { metrics: { calls: 3, cents: 0.5 } }),
    aMarker('1', range, { metrics: { calls: 4 } }),
    aMarker('replaced', range, { metrics: { calls: 100 } }),
  );

  expect(metricsOf(LEAVES, markers)).toEqual({ calls: 7, cents: 0.5 });
  expect(metricsOf(LEAVES, markersOf(aMarker('0', range)))).toBeUndefined();
});
