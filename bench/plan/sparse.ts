import { countRequests } from '../../adapters/counted-store';
import type { ObjectStore } from '../../adapters/ports';
import { divisibles, plannedObjects } from '../../adapters/sources';
import type { JobConfig } from '../../core/contracts';
import { decidePlan } from '../../core/plan/make-plan';
import { JobSpec } from '../../core/spec/schema';
import { GIB, KIB, MIB } from '../../core/units';
import { atMost, type Claim } from '../claims';
import { parquetFooter } from './thrift';

const BYTES = 10e12;
const GROUP_BYTES = 2 * GIB;
const VERSION = 'v';

/** How a file of a format begins and ends; all between is never there. */
const ENDS: Readonly<Record<string, { readonly head: Buffer; readonly tail: Buffer }>> = {
  csv: { head: Buffer.from('id,name\n1,a\n'), tail: Buffer.alloc(0) },
  tsv: { head: Buffer.from('id\tname\n1\ta\n'), tail: Buffer.alloc(0) },
  jsonl: { head: Buffer.from('{"id":1,"name":"a"}\n'), tail: Buffer.alloc(0) },
  avro: { head: Buffer.from(`Obj\u0001\u0002\u0016avro.schema\u000c"long"\u0000${'sync'.repeat(4)}`), tail: Buffer.alloc(0) },
  parquet: { head: Buffer.from('PAR1'), tail: parquetFooter(BYTES, GROUP_BYTES) },
};

/** One object of 10 TB of which only the ends have bytes; the rest reads as spaces. */
function sparseStore(format: string): ObjectStore {
  const { head, tail } = ENDS[format] ?? { head: Buffer.alloc(0), tail: Buffer.alloc(0) };
  const tailStart = BYTES - tail.length;
  return {
    bucket: 'sparse',
    head: async (key) => ({ key, versionId: VERSION, bytes: BYTES, etag: '"sparse"' }),
    read: async (_key, { range = { start: 0, end: BYTES } } = {}) => {
      const bytes = Buffer.alloc(Math.min(range.end, BYTES) - range.start, ' ');
      if (range.start < head.length) head.copy(bytes, 0, range.start);
      if (range.end > tailStart) tail.copy(bytes, Math.max(0, tailStart - range.start), Math.max(0, range.start - tailStart));
      return bytes;
    },
    createOnce: async () => true,
    list: async function* () {},
  };
}

async function planOne(format: string) {
  const spec = JobSpec.parse({
    name: 'sparse',
    input: { prefix: 'in/', format },
    process: { sql: 'SELECT * FROM input' },
    output: { format: 'jsonl' },
  });
  const { store, count } = countRequests(sparseStore(format));
  const objects = await plannedObjects(store, [{ bucket: 'sparse', key: `in/file.${format}`, versionId: VERSION }], { spec } as JobConfig);
  const { chunks, tasks } = decidePlan({ spec, divisibles: await divisibles(store, objects, format) });
  return { format, chunks: chunks.length, tasks, ...count };
}

/** Planning one object of 10 TB of each splittable format: requests made and bytes read. */
export async function sparseClaims(): Promise<readonly Claim[]> {
  const plans = [];
  for (const format of Object.keys(ENDS)) plans.push(await planOne(format));
  return plans.flatMap(({ format, chunks, requests, bytesRead }) => [
    atMost(`10 TB of ${format} in ${chunks} chunks: requests`, requests, 3, String),
    atMost(`10 TB of ${format}: bytes read`, bytesRead, MIB - 1, (bytes) => `${(bytes / KIB).toFixed(0)} KiB`),
  ]);
}
