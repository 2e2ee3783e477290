import { createJson } from '../../adapters/json';
import type { ObjectStore } from '../../adapters/ports';
import { evenCuts } from '../../core/assess/pieces';
import type { Chunk, Complaint, Outline } from '../../core/contracts';
import { outlineKey } from '../../core/keys';
import type { Fetched } from '../chunk';
import { WorkerFailure } from '../failures';
import { piecesAt, type ReadChunk, recordsIn } from './cuts';

/** Whether the next failure of a chunk may be a reason to cut it. */
const mayBeCut = ({ failures = {}, level }: Chunk): boolean => level !== undefined || Object.keys(failures).length > 0;

const readChunkOf = ({ chunk, sources, files, config }: Fetched): ReadChunk => ({
  ranges: chunk.ranges,
  sources: files ?? sources,
  input: config.spec.input,
});

export interface OutlineDeps {
  readonly state: ObjectStore;
  readonly ref: { readonly runId: string; readonly round: number };
  readonly writer: string;
  readonly attempt: Outline['attempt'];
}

/** Says where a chunk that failed before can be cut into about equal pieces, before its records are touched again. */
export async function leaveOutline(fetched: Fetched, { state, ref, writer, attempt }: OutlineDeps): Promise<void> {
  const { chunk } = fetched;
  if (!mayBeCut(chunk)) return;
  const read = readChunkOf(fetched);
  const records = recordsIn(read);
  const cuts = evenCuts(records);
  const pieces = cuts.length > 0 ? [...piecesAt(read, cuts)] : [];
  const outline: Outline = { schema: 'outline.v1', chunk: chunk.id, attempt, records, pieces };
  await createJson(state, outlineKey(ref.runId, ref.round, chunk.id, writer), outline);
}

/**
 * The chunk cut around the record that failed it, where that is known; undefined where it is not. A program that reads
 * ahead has only said which record it had done last: the next one is a guess, which the next round tries.
 */
export function blameOf(thrown: unknown, fetched: Fetched): Complaint['blame'] {
  if (!(thrown instanceof WorkerFailure) || !thrown.last) return undefined;
  const read = readChunkOf(fetched);
  const { number, failed } = thrown.last;
  const [records, suspect] = [recordsIn(read), failed ? number : number + 1];
  if (suspect >= records) return undefined;
  const pieces = [
    ...piecesAt(
      read,
      [suspect, suspect + 1].filter((cut) => cut > 0 && cut < records),
    ),
  ];
  return { pieces, ...(failed && { at: suspect === 0 ? 0 : 1 }) };
}
