import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Chunk } from '../../core/contracts';
import { chunkId, jobIdKey, markerKey } from '../../core/keys';
import { ARun, type RunOptions, withRun } from './a-run';

const FILE = `id,name\n${Array.from({ length: 300 }, (_, i) => `${i},name ${i}\n`).join('')}`;
const OPTIONS: RunOptions = {
  files: [FILE],
  spec: { input: { prefix: 'incoming/', format: 'csv' }, process: { sql: 'SELECT * FROM input' }, output: { format: 'csv' } },
  chunkBytes: 1500,
};

test('doing a task twice does nothing the second time', async () => {
  await withRun(OPTIONS, async (run) => {
    expect(await run.work()).toBe(0);
    const before = run.state.keys().map((key) => run.state.text(key));

    expect(await run.work({ attempt: 2 })).toBe(0);

    expect(run.state.keys().map((key) => run.state.text(key))).toEqual(before);
    expect(run.uploads.aborted).toEqual([]);
    expect(run.logged.at(-1)).toContain('"chunks":0');
  });
});

test('a task that died half-way is finished by the next attempt, and the parts hold every record once', async () => {
  await withRun(OPTIONS, async (run) => {
    await run.work();
    const lost = run.marker(1);
    run.state.delete(markerKey(run.plan.runId, chunkId(1)));

    expect(await run.work({ attempt: 2 })).toBe(0);

    expect(run.marker(1)).toMatchObject({ counts: lost.counts, read: lost.read, attempt: { attempt: 2 } });
    expect(run.marker(1).writer).not.toBe(lost.writer);
    const rows = await run.rows('SELECT id FROM read_csv(FILES)');
    expect(rows.map(({ id }) => Number(id))).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });
});

test('of two workers on the same chunks one commits each, and the other takes its uploads back', async () => {
  await withRun(OPTIONS, async (run) => {
    const codes = await Promise.all([run.work({ attempt: 1 }), run.work({ attempt: 2 })]);

    expect(codes).toEqual([0, 0]);
    expect(run.markers()).toHaveLength(run.chunks.length);
    const kept = run.markers().flatMap(({ parts }) => parts.map(({ uploadId }) => uploadId));
    const pending: string[] = [];
    for await (const { uploadId } of run.uploads.pending('')) pending.push(uploadId);
    expect(pending.toSorted()).toEqual(kept.toSorted());
    expect(run.uploads.aborted.length).toBeGreaterThan(0);
  });
});

test('a marker that was written although the store said no counts as written', async () => {
  await withRun(OPTIONS, async (run) => {
    const createOnce = run.state.createOnce.bind(run.state);
    jest.spyOn(run.state, 'createOnce').mockImplementation(async (key, body) => {
      await createOnce(key, body);
      return false;
    });

    expect(await run.work()).toBe(0);

    expect(run.uploads.aborted).toEqual([]);
    expect(run.logged.filter((line) => line.includes('"chunk committed"'))).toHaveLength(run.chunks.length);
  });
});

test.each([
  ['another job', 'job-2', 0],
  ['this job', 'job-1', 1],
])('a fence that names %s', async (_name, jobId, expected) => {
  await withRun(OPTIONS, async (run) => {
    run.state.put(jobIdKey(run.plan.runId, 0, 0), JSON.stringify({ schema: 'job.v1', jobId, jobName: 'n' }));

    expect(await run.work({ jobId: 'job-1:0' })).toBe(0);

    expect(run.markers().length > 0 ? 1 : 0).toBe(expected);
  });
});

test('a second array that learns only later whose work it is stands down before its next chunk', async () => {
  await withRun({ ...OPTIONS, chunkBytes: 400 }, async (run) => {
    const createOnce = run.state.createOnce.bind(run.state);
    jest.spyOn(run.state, 'createOnce').mockImplementation(async (key, body) => {
      const first = await createOnce(key, body);
      if (key.includes('/commits/'))
        run.state.put(jobIdKey(run.plan.runId, 0, 0), JSON.stringify({ schema: 'job.v1', jobId: 'job-2', jobName: 'n' }));
      return first;
    });

    expect(await run.work({ jobId: 'job-1:0' })).toBe(0);

    expect(run.chunks.length).toBeGreaterThan(6);
    // One was delivered, one processed and one fetched when the name came.
    expect(run.markers().length).toBeLessThanOrEqual(3);
    expect(run.logged.some((line) => line.includes('stood down'))).toBe(true);
  });
});

test('a worker that is told to stop takes no new chunk, leaves no upload and exits 143', async () => {
  await withRun({ ...OPTIONS, chunkBytes: 400 }, async (run) => {
    const controller = new AbortController();
    const uploadPiece = run.uploads.uploadPiece.bind(run.uploads);
    jest.spyOn(run.uploads, 'uploadPiece').mockImplementation(async (piece) => {
      if (run.markers().length === 1) controller.abort();
      return uploadPiece(piece);
    });

    expect(await run.work({}, controller.signal)).toBe(143);

    expect(run.markers().length).toBeLessThan(run.chunks.length);
    const kept = run.markers().flatMap(({ parts }) => parts.map(({ uploadId }) => uploadId));
    const pending: string[] = [];
    for await (const { uploadId } of run.uploads.pending('')) pending.push(uploadId);
    expect(pending.toSorted()).toEqual(kept.toSorted());
    expect(run.complaints()).toEqual([]);
  });
});

test('a task with no time left stops before a chunk, says so by 75, and leaves what it did', async () => {
  let seconds = 1000;
  await withRun({ ...OPTIONS, chunkBytes: 400, secondsLeft: () => seconds }, async (run) => {
    const createOnce = run.state.createOnce.bind(run.state);
    jest.spyOn(run.state, 'createOnce').mockImplementation(async (key, body) => {
      const created = await createOnce(key, body);
      if (run.markers().length === 2) seconds = -1;
      return created;
    });

    expect(await run.work()).toBe(75);

    expect(run.complaints()).toEqual([]);
    expect(run.markers().length).toBeGreaterThanOrEqual(2);
    expect(run.markers().length).toBeLessThan(run.chunks.length);
    expect(run.logged.join('')).toContain(`"event":"out of time","left":${run.chunks.length - run.markers().length}`);

    seconds = 1000;
    expect(await run.work({ attempt: 2 })).toBe(0);
    expect(run.counts()).toMatchObject({ read: 300, written: 300 });
  });
});

test('a task whose time is over before its first chunk tries that one all the same', async () => {
  await withRun({ ...OPTIONS, secondsLeft: () => -1 }, async (run) => {
    expect(await run.work()).toBe(75);

    expect(run.markers().length).toBeGreaterThan(0);
  });
});

test('an upload that fails while the next chunk is in work is the failure of its own chunk', async () => {
  await withRun({ ...OPTIONS, chunkBytes: 400 }, async (run) => {
    const begin = run.uploads.begin.bind(run.uploads);
    jest.spyOn(run.uploads, 'begin').mockImplementation(async (key, type) => {
      if (key.includes(chunkId(2))) throw new Error('reset');
      return begin(key, type);
    });

    expect(await run.work()).toBe(75);

    expect(run.complaints().map(({ chunk }) => chunk)).toEqual([chunkId(2)]);
    expect(run.markers().map(({ chunk }) => chunk)).toEqual(run.chunks.map(({ id }) => id).filter((id) => id !== chunkId(2)));
  });
});

test.each([
  ['with a chunk that has failed before: none is processed while another is delivered', { OOM: 1 }, [1, 2, 3]],
  ['without: the next one is', undefined, [2, 3, 3]],
])('a task %s', async (_name, failures, begunAtUpload) => {
  const jobsFolder = mkdtempSync(path.join(os.tmpdir(), 'task-test-'));
  const begun = path.join(jobsFolder, 'begun');
  const open = `open() { require('node:fs').appendFileSync(${JSON.stringify(begun)}, 'x'); }`;
  writeFileSync(path.join(jobsFolder, 'same.js'), `module.exports = { ${open}, process: (record) => record };`);
  const chunks = [0, 1, 2].map((i) => {
    const [start, end] = [Math.floor((FILE.length * i) / 3), Math.floor((FILE.length * (i + 1)) / 3)];
    return Chunk.parse({ id: chunkId(i), ranges: [{ object: 0, start, end }], ...(i === 1 && failures && { failures }) });
  });
  const spec = { ...OPTIONS.spec, process: { module: 'same.ts' } };
  await withRun({ ...OPTIONS, spec, jobsFolder, chunks }, async (run) => {
    const seen: number[] = [];
    const begin = run.uploads.begin.bind(run.uploads);
    jest.spyOn(run.uploads, 'begin').mockImplementation(async (key, type) => {
      // Until the next chunk is at work, or for long enough that it would be.
      const wanted = begunAtUpload[seen.length] ?? 0;
      for (let turn = 0; turn < 30 && (readFileSync(begun).length < wanted || turn < 10); turn += 1)
        await new Promise((done) => setTimeout(done, 50));
      seen.push(readFileSync(begun).length);
      return begin(key, type);
    });

    expect(await run.work()).toBe(0);

    expect(seen).toEqual(begunAtUpload);
    expect(run.counts().read).toBe(300);
  });
  rmSync(jobsFolder, { recursive: true });
});

test('an object that arrives damaged is read again, and fails by name when it does so again', async () => {
  await withRun({ ...OPTIONS, chunkBytes: undefined }, async (run) => {
    const read = run.input.read.bind(run.input);
    let flips = 1;
    jest.spyOn(run.input, 'read').mockImplementation(async (key, options) => {
      const body = await read(key, options);
      if (flips-- > 0) body.writeUInt8(body.readUInt8(20) ^ 1, 20);
      return body;
    });

    expect(await run.work()).toBe(0);

    expect(run.counts().read).toBe(300);
    run.state.delete(markerKey(run.plan.runId, chunkId(0)));
    flips = 2;
    expect(await run.work()).toBe(75);
    expect(run.complaints()[0]!.failure).toMatchObject({
      class: 'UNKNOWN',
      message: 'incoming/file-0 did not arrive as S3 holds it, 2 times',
    });
  });
});

test('a marker tells what each stage took, the memory, the processor time and the engine', async () => {
  await withRun(OPTIONS, async (run) => {
    await run.work();

    const { measures, counts, bytes, read } = run.marker(1);
    expect(Object.keys(measures?.stages ?? {}).toSorted()).toEqual(expect.arrayContaining(['checksum', 'fetch', 'process', 'upload']));
    expect(measures?.stages.fetch?.bytes).toBeGreaterThanOrEqual(read[0]!.end - read[0]!.start);
    expect(measures?.stages.process).toMatchObject({ records: counts.read, seconds: expect.any(Number) });
    expect(measures?.stages.upload?.bytes).toBe(bytes.written);
    expect(measures?.cpuSeconds).toBeGreaterThan(0);
    expect(measures?.peakRssBytes).toBeGreaterThan(1e7);
    expect(measures?.retries).toBe(0);
    expect(measures?.engine).toEqual({ node: process.version, duckdb: expect.stringMatching(/^v1\./) });
  });
});

test('nothing is left in the scratch folder', async () => {
  await withRun(OPTIONS, async (run) => {
    await run.work();

    expect(readdirSync(run.folder)).toEqual([]);
  });
});

test('a chunk that fails says why, and the others are done', async () => {
  await withRun(OPTIONS, async (run) => {
    const read = run.input.read.bind(run.input);
    const failing = run.chunks[1]!.ranges[0]!.start - 1;
    jest.spyOn(run.input, 'read').mockImplementation(async (key, options) => {
      if (options?.range?.start === failing) throw Object.assign(new Error('please reduce your rate'), { name: 'SlowDown' });
      return read(key, options);
    });

    expect(await run.work()).toBe(75);

    expect(run.markers().map(({ chunk }) => chunk)).toEqual(run.chunks.map(({ id }) => id).filter((id) => id !== chunkId(1)));
    expect(run.complaints()).toEqual([
      expect.objectContaining({ chunk: chunkId(1), failure: expect.objectContaining({ class: 'THROTTLE' }) }),
    ]);
  });
});

test('a marker whose answer was lost keeps its uploads: it may have been written', async () => {
  await withRun({ ...OPTIONS, chunkBytes: undefined }, async (run) => {
    const createOnce = run.state.createOnce.bind(run.state);
    jest.spyOn(run.state, 'createOnce').mockImplementation(async (key, body) => {
      const created = await createOnce(key, body);
      if (key === markerKey(run.plan.runId, chunkId(0))) throw new Error('socket hang up');
      return created;
    });

    expect(await run.work()).toBe(75);

    expect(run.markers()).toHaveLength(1);
    expect(run.uploads.aborted).toEqual([]);
  });
});

test('an upload that fails is taken back', async () => {
  await withRun({ ...OPTIONS, chunkBytes: undefined }, async (run) => {
    jest.spyOn(run.uploads, 'uploadPiece').mockRejectedValue(new Error('reset'));

    expect(await run.work()).toBe(75);

    expect(run.uploads.aborted).toEqual(['upload-1']);
    expect(run.markers()).toEqual([]);
  });
});

test('a chunk whose start is known begins there, wherever its nominal start lies', async () => {
  const file = 'k,v\n1,"a\nb"\n2,c\n3,d\n';
  const chunks = [
    Chunk.parse({ id: chunkId(0), ranges: [{ object: 0, start: 0, end: 4 }] }),
    Chunk.parse({ id: chunkId(1), ranges: [{ object: 0, start: 4, end: 12 }], proven: true }),
    Chunk.parse({ id: chunkId(2), ranges: [{ object: 0, start: 12, end: file.length }], proven: true }),
  ];
  await withRun({ ...OPTIONS, files: [file], chunks }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.markers().map(({ read }) => [read[0]!.start, read[0]!.end, read[0]!.records])).toEqual([
      [0, 4, 0],
      [4, 12, 1],
      [12, 20, 2],
    ]);
  });
});

test('a record that never ends is a fault of the data, named by its place', async () => {
  const file = Buffer.concat([Buffer.from('k,v\n1,"'), Buffer.alloc(40 * 1024 * 1024, 'x')]);
  const chunks = [Chunk.parse({ id: chunkId(0), ranges: [{ object: 0, start: 0, end: 1000 }] })];
  await withRun({ ...OPTIONS, files: [file], chunks }, async (run) => {
    expect(await run.work()).toBe(65);

    expect(run.complaints()[0]!.failure.message).toMatch(/begins at byte 4 is longer than input.maxRecordBytes allows, 16777216 bytes/);
  });
});

test('row groups of a Parquet file are read apart, and cover it', async () => {
  const file = await parquetFile();
  const third = Math.floor(file.length / 3);
  const chunks = [
    Chunk.parse({ id: chunkId(0), ranges: [{ object: 0, start: 0, end: third, rowGroups: [0, 2] }] }),
    Chunk.parse({ id: chunkId(1), ranges: [{ object: 0, start: third, end: file.length, rowGroups: [2, 3] }] }),
  ];
  const spec = { ...OPTIONS.spec, input: { prefix: 'incoming/', format: 'parquet' }, output: { format: 'parquet' } };
  const schemas = { input: { type: 'object', properties: { n: { type: 'integer', maximum: 5998 } }, required: ['n'] } };
  const boundaries = await groupBoundaries(file);
  const exact = chunks.map((chunk, i) => ({ ...chunk, ranges: [{ ...chunk.ranges[0]!, ...boundaries[i] }] }));
  await withRun(
    { files: [file], spec: { ...spec, process: { sql: 'SELECT n FROM input WHERE n > 9' } }, schemas, chunks: exact },
    async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.markers().map(({ counts }) => counts)).toEqual([
        { read: 4096, written: 4086, filtered: 10, quarantined: 0 },
        { read: 1904, written: 1903, filtered: 0, quarantined: 1 },
      ]);
      const [summary] = await run.rows('SELECT count(*)::INT AS rows, min(n)::INT AS low, max(n)::INT AS high FROM read_parquet(FILES)');
      expect(summary).toEqual({ rows: 5989, low: 10, high: 5998 });
    },
  );
});

async function parquetFile(): Promise<Buffer> {
  const run = new ARun({
    ...OPTIONS,
    files: ['n\n1\n'],
  });
  try {
    await run.rows(
      `COPY (SELECT range AS n, 'text ' || range AS t FROM range(6000)) TO '${run.folder}/made.parquet' (FORMAT parquet, ROW_GROUP_SIZE 2048)`,
    );
    return readFileSync(`${run.folder}/made.parquet`);
  } finally {
    run.close();
  }
}

/** The bytes of row groups 0 and 1, and of the rest, as Plan cuts them. */
async function groupBoundaries(file: Buffer): Promise<{ start: number; end: number }[]> {
  const { readParquetFooter } = await import('../../adapters/parquet');
  const { MemoryObjectStore } = await import('../support/memory-store');
  const store = new MemoryObjectStore();
  const { rowGroups } = await readParquetFooter(store, store.put('f', file));
  return [
    { start: 0, end: rowGroups[2]!.start },
    { start: rowGroups[2]!.start, end: file.length },
  ];
}
