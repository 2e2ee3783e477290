import type { Measures } from '../../../core/contracts';
import { effortOf } from '../../../core/report/worker-effort';
import { aChunk, aMarker, markersOf } from '../../support/records';

const measures = (overrides: Partial<Measures> = {}): Measures => ({
  stages: { fetch: { seconds: 1, bytes: 10 }, process: { seconds: 2 } },
  cpuSeconds: 3,
  peakRssBytes: 100,
  retries: 1,
  engine: { node: 'v22', duckdb: 'v1' },
  ...overrides,
});
const marker = (chunk: string, measured: Measures | undefined) => aMarker(chunk, { start: 0, end: 10 }, { measures: measured });

test('the measures of the chunks that count are summed, the memory is that of the largest', () => {
  const markers = markersOf(
    marker('a', measures()),
    marker('b', measures({ stages: { upload: { seconds: 4 } }, childCpuSeconds: 5, peakRssBytes: 300, engine: { node: 'v20' } })),
    marker('replaced', measures({ cpuSeconds: 1000 })),
  );

  expect(effortOf([aChunk('a', 0, 5), aChunk('b', 5, 10), aChunk('open', 10, 15)], markers)).toEqual({
    seconds: { fetch: 1, process: 2, upload: 4 },
    cpuSeconds: 6,
    childCpuSeconds: 5,
    peakRssBytes: 300,
    retries: 2,
    engines: { node: ['v20', 'v22'], duckdb: ['v1'] },
  });
});

test('workers that measured nothing are not told of', () => {
  expect(effortOf([aChunk('a', 0, 5)], markersOf(marker('a', undefined)))).toBeUndefined();
});
