import { skipsAllowedInChunk } from '../core/assess/skip-limit';
import type { Chunk, JobConfig, Marker, PartColumns } from '../core/contracts';
import { chunkBytesOf } from '../core/plan/chunking';
import { dialectOf } from '../core/records';
import { setAsideAll } from './bisect/set-aside';
import { StoppedError } from './failures';
import type { Meter } from './meter';
import { columnsOfParts } from './part-columns';
import { processorOf } from './processors';
import { Quarantine } from './quarantine';
import { checkColumns } from './sql/check-columns';
import { type ChunkWork, type Outcome, readsOf } from './work';

/** A chunk as it was fetched. */
export type Fetched = Omit<ChunkWork, 'quarantine'>;

/** A chunk whose records are done, as far as it has to be delivered: nothing of its input is held any more. */
export interface Processed extends Pick<Marker, 'read' | 'counts' | 'columns'> {
  readonly chunk: Chunk;
  readonly config: JobConfig;
  readonly outcome: Outcome;
  readonly quarantine: Quarantine;
  readonly meter: Meter;
}

/** What the run says of a chunk's work. */
export interface ChunkTerms {
  readonly attempt: number;
  readonly runBytes: number;
  /** What its parts must hold. @default - any columns */
  readonly columns?: PartColumns | undefined;
}

/** Does the records of one chunk; its part lies in its scratch folder, its bad records in its quarantine. */
export async function processChunk(fetched: Fetched, { attempt, runBytes, columns: wanted }: ChunkTerms): Promise<Processed> {
  const quarantine = new Quarantine({ attempt, folder: fetched.scratch, limit: skipLimitOf(fetched, runBytes) });
  const work: ChunkWork = { ...fetched, quarantine };
  const claimed = claimedSeconds(work.meter);
  const begun = performance.now();
  const outcome = await processRecords(work);
  if (work.signal.aborted) throw new StoppedError();
  const seconds = (performance.now() - begun) / 1000 - (claimedSeconds(work.meter) - claimed);
  const { chunk, config, meter, sources, files } = work;
  const counts = countsOf(work, outcome);
  const columns = columnsOfParts(outcome.parts, config.spec.output, wanted);
  meter.add('process', { seconds: Math.max(0, seconds), records: counts.read });
  return { chunk, config, outcome, quarantine, meter, read: readsOf(files ?? sources, chunk.ranges), counts, ...(columns && { columns }) };
}

/**
 * A chunk that guessed where it begins may have guessed wrong, and then its bad records say nothing; a piece was cut out
 * because its records are bad, and says nothing about the others.
 */
function skipLimitOf({ chunk, config, ...input }: Fetched, runBytes: number): number {
  const guesses = dialectOf(config.spec.input)?.quotedNewlines === true && !chunk.proven && chunk.ranges.some(({ start }) => start > 0);
  if (guesses || chunk.level !== undefined || chunk.suspect) return Number.POSITIVE_INFINITY;
  return skipsAllowedInChunk(config.spec.errors.skipLimit, { records: recordsOf(input), bytes: chunkBytesOf(chunk), runBytes });
}

/** Seconds that a processor's own parsing and writing have taken. */
export const claimedSeconds = (meter: Meter): number => meter.seconds('parse') + meter.seconds('process') + meter.seconds('write');

/** A file is a record. */
const recordsOf = ({ sources, files = [] }: Pick<ChunkWork, 'sources' | 'files'>): number =>
  [...sources, ...files].reduce((sum, { read }) => sum + read.records, 0);

/** A chunk inside one long record, or of a header alone, has nothing to process. */
async function processRecords(work: ChunkWork): Promise<Outcome> {
  const { process } = work.config.spec;
  await checkColumns(work, 'sql' in process ? process.sql.trim().replace(/;$/, '') : undefined);
  if (recordsOf(work) === 0) return { parts: [], written: 0, filtered: 0 };
  return work.chunk.suspect ? setAsideAll(work) : processorOf(work.config.spec.process)(work);
}

const countsOf = (work: ChunkWork, { written, filtered, rows }: Outcome): Marker['counts'] => ({
  read: recordsOf(work),
  written,
  filtered,
  quarantined: work.quarantine.records,
  ...(rows !== undefined && rows !== written && { rows }),
});
