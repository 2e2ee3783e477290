import os from 'node:os';
import path from 'node:path';
import { JobConfig } from '../../../core/contracts';
import { JobSpec } from '../../../core/spec/schema';
import { Meter } from '../../../worker/meter';
import { RowWriter } from '../../../worker/rows/writer';
import type { ChunkWork } from '../../../worker/work';

/** As much of a chunk as its rows need; nothing can be written into its folder, because it is not there. */
function workWithoutDisk(): ChunkWork {
  const spec = JobSpec.parse({
    name: 'job',
    input: { prefix: 'incoming/', format: 'csv' },
    process: { module: 'same.js' },
    output: { format: 'jsonl' },
    quality: [{ rows: '>= 1' }, { column: 'text', notNull: true }],
  });
  const worker = { jobDefinition: 'jd:1', image: 'image', architecture: 'arm64', profile: { vcpu: 1, memoryMiB: 2048 } };
  const config = JobConfig.parse({ schema: 'config.v1', spec, schemas: {}, worker });
  return { config, scratch: path.join(os.tmpdir(), 'not-there', 'at-all'), meter: new Meter() } as unknown as ChunkWork;
}

test('a disk that takes neither the part nor the copy of its rows is told of once, and nothing is left to be told to nobody', async () => {
  const writer = new RowWriter(workWithoutDisk());
  const unheard: unknown[] = [];
  const hear = (reason: unknown): void => void unheard.push(reason);
  process.on('unhandledRejection', hear);
  const row = { text: 'x'.repeat(2 * 1024 * 1024) };

  await expect(writer.add(row)).rejects.toMatchObject({ code: 'ENOENT' });
  await new Promise((resolve) => setTimeout(resolve, 50));

  process.off('unhandledRejection', hear);
  expect(unheard).toEqual([]);
});
