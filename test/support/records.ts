import type { Chunk, JobConfig, Marker, PlannedObject, ReadRange } from '../../core/contracts';
import { queriesOf, queryDigest } from '../../core/query/verdict';
import { JobSpec } from '../../core/spec/schema';

/** Factories of the system's own records; each takes overrides. */

export const aSpec = (overrides: Partial<Record<keyof JobSpec, unknown>> = {}): JobSpec =>
  JobSpec.parse({
    name: 'orders',
    input: { prefix: 'incoming/orders/', format: 'csv' },
    process: { sql: 'SELECT * FROM input' },
    output: { format: 'parquet' },
    ...overrides,
  });

/** A config as it is deployed, with the verdict that its queries were judged. */
export const aConfig = (spec: JobSpec = aSpec(), schemas: JobConfig['schemas'] = {}): JobConfig =>
  withVerdict({
    schema: 'config.v1',
    spec,
    schemas,
    worker: {
      jobDefinition: 'arn:aws:batch:us-east-1:000000000000:job-definition/orders:1',
      image: 'registry/worker:abc',
      architecture: 'arm64',
      profile: { vcpu: 1, memoryMiB: 2048 },
    },
  });

/** The config as if the check at deploy had judged its queries. */
export const withVerdict = (config: JobConfig): JobConfig =>
  queriesOf(config.spec).length === 0
    ? config
    : { ...config, query: { schema: 'verdict.v1', digest: queryDigest(config), engine: 'v1.0.0', rows: 'observed' } };

export const anObject = (overrides: Partial<PlannedObject> = {}): PlannedObject => ({
  bucket: 'input',
  key: 'incoming/orders/a.csv',
  versionId: 'v1',
  bytes: 100,
  etag: '"e"',
  ...overrides,
});

export const aChunk = (id: string, start: number, end: number, overrides: Partial<Chunk> = {}): Chunk => ({
  id,
  ranges: [{ object: 0, start, end }],
  ...overrides,
});

/** A marker of a chunk that read `records` records of [start, end) and wrote them all. */
export function aMarker(chunk: string, read: Partial<ReadRange> & { start: number; end: number }, overrides: Partial<Marker> = {}): Marker {
  const records = read.records ?? 10;
  const {
    parts = [
      {
        bucket: 'output',
        key: `orders/orders-1/part-${chunk}.parquet`,
        uploadId: `u-${chunk}`,
        pieces: [],
        bytes: 50,
        rows: records,
        checksum: { algorithm: 'CRC32', value: 'AAAAAA==' },
      },
    ],
  } = overrides;
  return {
    schema: 'marker.v1',
    runId: 'orders-1',
    chunk,
    writer: 'w1',
    attempt: { round: 0, array: 0, task: 0, jobId: 'j', attempt: 1 },
    read: [{ object: 0, ...read, records }],
    counts: { read: records, written: records, filtered: 0, quarantined: 0 },
    bytes: { read: read.end - read.start, written: parts.reduce((sum, { bytes }) => sum + bytes, 0) },
    parts: [...parts],
    seconds: { fetch: 0, process: 0, upload: 0, total: 0 },
    peakRssBytes: 1,
    finishedAt: '2026-01-01T00:00:00.000Z',
    ...overrides,
  };
}

export const markersOf = (...markers: readonly Marker[]): ReadonlyMap<string, Marker> => new Map(markers.map((m) => [m.chunk, m]));
