import { chunksOfTask } from '../../adapters/chunk-lists';
import { readPlan } from '../../adapters/run-plan';
import { type Chunk, Fence, type Marker, type Plan } from '../../core/contracts';
import { fenceKey, markerKey, partKey } from '../../core/keys';
import { crc32Checksum } from './memory-store';
import { aMarker } from './records';
import type { World } from './world';

/** What one chunk becomes: lines of JSON, one for each line of input. */
async function partOf(world: World, plan: Plan, chunk: Chunk, body: Buffer): Promise<Marker['parts'][number]> {
  const key = partKey(plan.job, plan.runId, { chunk: chunk.id, extension: 'jsonl' });
  const uploadId = await world.uploads.begin(key, 'application/x-ndjson');
  const checksum = crc32Checksum(body);
  const piece = await world.uploads.uploadPiece({ key, uploadId, partNumber: 1, body, checksum: checksum.value });
  const rows = body.toString().split('\n').length - 1;
  return { bucket: 'output', key, uploadId, pieces: [piece], bytes: body.length, rows, checksum };
}

/**
 * Does the tasks of one array as the real worker would for files of ten-byte lines: enough to walk the steps without an engine.
 * `skip` names chunks that this attempt does not finish; `columns` are what its parts are said to hold.
 */
export async function workArray(
  world: World,
  runId: string,
  at: { round: number; array: number; skip?: readonly string[]; columns?: Marker['columns'] },
): Promise<void> {
  const fence = Fence.parse(JSON.parse(world.state.text(fenceKey(runId, at.round, at.array))));
  const plan = await readPlan(world.state, { runId, drive: fence.drive ?? 0 });
  for (let i = 0; i < fence.array.tasks; i++) {
    const chunks = await chunksOfTask(world.state, { runId, round: at.round, lists: fence.lists, task: fence.array.firstTask + i });
    for (const chunk of chunks.filter(({ id }) => !at.skip?.includes(id))) await workChunk(world, { plan, columns: at.columns }, chunk);
  }
}

const LINE_BYTES = 10;
const alignUp = (position: number): number => Math.ceil(position / LINE_BYTES) * LINE_BYTES;

interface Attempt {
  readonly plan: Plan;
  readonly columns?: Marker['columns'];
}

async function workChunk(world: World, { plan, columns }: Attempt, chunk: Chunk): Promise<void> {
  const range = chunk.ranges[0]!;
  const object = plan.objects[range.object]!;
  const [start, end] = [alignUp(range.start), alignUp(range.end)];
  const bytes = await world.input.read(object.key, { versionId: object.versionId, range: { start, end } });
  const part = await partOf(world, plan, chunk, bytes);
  const marker = aMarker(
    chunk.id,
    { object: range.object, start, end, records: bytes.length / LINE_BYTES, checksum: crc32Checksum(bytes) },
    { runId: plan.runId, parts: [part], ...(columns && { columns }) },
  );
  await world.state.createOnce(markerKey(plan.runId, chunk.id, plan.plannedIn), JSON.stringify(marker));
}

/** Ten-byte lines, for files whose records everybody can count. */
export const tenByteLines = (count: number): string =>
  Array.from({ length: count }, (_, i) => `{"i":${String(i).padStart(3, '0')}}\n`).join('');
