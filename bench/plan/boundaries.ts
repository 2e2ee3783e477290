import { dirname } from 'node:path';
import { readBeginning } from '../../adapters/beginning';
import { countRequests } from '../../adapters/counted-store';
import { createLocalFiles } from '../../adapters/local-files';
import { samplesFor } from '../../cli/samples';
import { DEFAULT_CHUNK_BYTES } from '../../core/plan/chunk-rule';
import { JobSpec } from '../../core/spec/schema';
import { fetchText } from '../../worker/fetch/text';
import { atMost, type Claim } from '../claims';

const { input } = JobSpec.parse({
  name: 'flights',
  input: { prefix: 'in/', format: 'csv' },
  process: { sql: 'SELECT * FROM input' },
  output: { format: 'jsonl' },
});

/** Chunks of the flights from several places on: what is read beyond a chunk's own range to find its records' ends. */
export async function boundaryClaims(stateDir: string): Promise<readonly Claim[]> {
  const [file = ''] = await samplesFor('flights', stateDir);
  const { store, count } = countRequests(createLocalFiles(dirname(file)));
  const head = await store.head('flights.csv');
  if (!head) throw new Error(`no flights at ${file}`);
  const object = { ...head, bucket: 'local', ...(await readBeginning(store, head, input)) };
  const starts = [0, 0.31, 0.62, 1].map((share) => Math.floor(share * (head.bytes - DEFAULT_CHUNK_BYTES)));
  const extra: number[] = [];
  for (const start of starts) {
    const before = count.bytesRead;
    await fetchText(store, { object, range: { object: 0, start, end: start + DEFAULT_CHUNK_BYTES }, input });
    extra.push(count.bytesRead - before - DEFAULT_CHUNK_BYTES);
  }
  const worst = Math.max(...extra) / DEFAULT_CHUNK_BYTES;
  return [atMost('boundary search of a 64 MiB chunk of flights, worst of 4', worst, 0.01, (share) => `${(share * 100).toFixed(3)} %`)];
}
