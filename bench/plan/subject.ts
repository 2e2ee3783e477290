import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { createVersionListing } from '../../adapters/aws/listing';
import { createObjectStore } from '../../adapters/aws/object-store';
import { createPendingUploads } from '../../adapters/aws/pending-uploads';
import { countRequests } from '../../adapters/counted-store';
import type { ListedVersion } from '../../adapters/ports';
import { uploadText } from '../../adapters/text-upload';
import { chunkLines, indexLines } from '../../core/chunk-lines';
import { DEFAULT_CHUNK_BYTES } from '../../core/chunk-rule';
import { chunkBytesOf } from '../../core/chunking';
import type { Chunk } from '../../core/contracts';
import { chunkId } from '../../core/keys';
import { sizeTasks } from '../../core/sizing';
import { createPacker, type Pack } from '../../core/small-files';
import { createTaskCutter } from '../../core/task-cuts';
import { decodeTaskEntry, taskEntryRange } from '../../core/task-index';

/** What is measured, in a process of its own: `subject.ts list|plan|chunks <endpoint>`; prints what it took as JSON. */
const [mode = '', endpoint = ''] = process.argv.slice(2);

const PREFIX = 'in/';
const FILES_OF_A_CHUNK = 1000;

interface BenchChunk extends Pack<ListedVersion> {
  readonly id: string;
}

const client = new S3Client({
  endpoint,
  region: 'us-east-1',
  forcePathStyle: true,
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
});

/** The bare listing: page after page, nothing done with it. */
async function list(): Promise<{ readonly objects: number }> {
  let objects = 0;
  let next: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (next) {
    const page: Awaited<ReturnType<typeof listPage>> = await listPage(next);
    objects += page.Versions?.length ?? 0;
    next = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
  }
  return { objects };
}

const listPage = (from: { KeyMarker?: string; VersionIdMarker?: string }) =>
  client.send(new ListObjectVersionsCommand({ Bucket: 'input', Prefix: PREFIX, ...from }));

async function* chunksOf(count: (objects: number) => void): AsyncGenerator<BenchChunk> {
  const packer = createPacker<ListedVersion>({ bytes: DEFAULT_CHUNK_BYTES, files: FILES_OF_A_CHUNK });
  let index = 0;
  const numbered = (pack: Pack<ListedVersion>): BenchChunk => ({ id: chunkId(index++), ...pack });
  for await (const page of createVersionListing('input', { versioned: true }, client).listVersions(PREFIX)) {
    count(page.length);
    for (const object of page) for (const pack of packer.add(object)) yield numbered(pack);
  }
  for (const pack of packer.flush()) yield numbered(pack);
}

/** What Plan does with a prefix of small files: list, pack, write the chunk list and the task index. */
async function plan() {
  let objects = 0;
  const cutter = createTaskCutter();
  const chunks = chunksOf((more) => {
    objects += more;
  });
  const lines = chunkLines(chunks, { cutter, workOf: ({ bytes }) => bytes });
  await uploadText(createPendingUploads('state', client), `runs/${process.pid}/chunks.jsonl`, lines);
  const { totals } = cutter;
  const { tasks, why } = sizeTasks({ bytes: totals.work, chunks: totals.chunks }, []);
  const index = [...indexLines(cutter.cut(tasks))].join('');
  await createObjectStore('state', client).createOnce(`runs/${process.pid}/tasks.idx`, index);
  return { objects, chunks: totals.chunks, bytes: totals.work, tasks, why };
}

const MANY_CHUNKS = 1_000_000;

function* manyChunks(): Generator<Chunk> {
  for (let i = 0; i < MANY_CHUNKS; i++) {
    const start = i * DEFAULT_CHUNK_BYTES;
    yield { id: chunkId(i), ranges: [{ object: 0, start, end: start + DEFAULT_CHUNK_BYTES }] };
  }
}

/** A million chunks written down with their index; then what a child asks to find its own. */
async function chunks() {
  const written = performance.now();
  const cutter = createTaskCutter();
  const [linesKey, indexKey] = ['runs/many/chunks.jsonl', 'runs/many/tasks.idx'];
  await uploadText(createPendingUploads('state', client), linesKey, chunkLines(manyChunks(), { cutter, workOf: chunkBytesOf }));
  const { tasks } = sizeTasks({ bytes: cutter.totals.work, chunks: cutter.totals.chunks }, []);
  const state = createObjectStore('state', client);
  await state.createOnce(indexKey, [...indexLines(cutter.cut(tasks))].join(''));
  const writeSeconds = (performance.now() - written) / 1000;
  const { store, count } = countRequests(state);
  const entry = await store.read(indexKey, { range: taskEntryRange(Math.floor(tasks / 2)) });
  const lookup = { ...count };
  const lines = await store.read(linesKey, { range: decodeTaskEntry(entry.toString()) });
  return { tasks, writeSeconds, lookup, linesBytes: lines.length, requests: count.requests };
}

const MODES: Readonly<Record<string, () => Promise<object>>> = { list, plan, chunks };

async function measure(): Promise<void> {
  const run = MODES[mode];
  if (!run) throw new Error(`mode ${mode}, expected ${Object.keys(MODES).join(', ')}`);
  const started = performance.now();
  const result = await run();
  const seconds = (performance.now() - started) / 1000;
  console.log(JSON.stringify({ ...result, seconds, peakRssBytes: process.resourceUsage().maxRSS * 1024 }));
}

void measure();
