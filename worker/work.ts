import type { Chunk, JobConfig, Marker, Metrics, PlannedObject, Profile, Range, ReadRange } from '../core/contracts';
import type { Encoding } from '../core/spec/sections/encoding';
import type { PartColumn } from '../core/work/part-columns';
import type { Log } from './log';
import type { Meter } from './meter';
import type { Found } from './quality/evaluate';
import type { Quarantine } from './quarantine';
import type { LookupTable } from './sql/lookups';

/** The records of one range of a text object: a window of its bytes, of which [body, end) are the records' lines. */
export interface TextSource {
  readonly kind: 'text';
  readonly object: PlannedObject;
  readonly read: ReadRange;
  readonly bytes: Buffer;
  /** Offset in the object of the window's first byte. */
  readonly origin: number;
  readonly body: number;
  readonly end: number;
  /** Bytes of the longest record. */
  readonly longest: number;
  /** Whether it goes on with the text of the source before it: their reads are one. */
  readonly follows?: boolean;
  /** Where in the object the line at this place of the text comes from, where that is not the place itself. */
  readonly locate?: (place: number) => Location;
  /** How the object's own text is written. @default - as these bytes are */
  readonly encoding?: Encoding;
  /** The columns of the lines with their SQL types, where the file itself tells. */
  readonly columns?: readonly SqlColumn[];
}

/** Where a record stands in its object. */
export interface Location {
  readonly offset: number;
  /** Number within the block that begins at the offset. */
  readonly index?: number;
}

export interface SqlColumn {
  readonly name: string;
  readonly sqlType: string;
}

/** The reads of a chunk, one for each of its ranges: windows of one text are one. */
export function readsOf(sources: readonly (Source | FileSource)[], ranges: readonly Range[] = []): ReadRange[] {
  const reads: ReadRange[] = [];
  for (const source of sources) {
    const before = source.kind === 'text' && source.follows ? reads.pop() : undefined;
    const found = foundOf(source, ranges[reads.length]);
    reads.push(before ? { ...before, records: before.records + source.read.records } : { ...source.read, ...found });
  }
  return reads;
}

/** What Commit must know of an object that Plan did not look at. */
const foundOf = ({ object }: Pick<Source, 'object'>, range: Range | undefined): Pick<ReadRange, 'stored'> =>
  range?.ref && !range.ref.seen && object.checksum ? { stored: object.checksum } : {};

/** Rows [firstRow, firstRow + read.records) of a Parquet file, of which a local copy holds at least those. */
export interface ParquetSource {
  readonly kind: 'parquet';
  readonly object: PlannedObject;
  readonly read: ReadRange;
  readonly file: string;
  readonly firstRow: number;
}

export type Source = TextSource | ParquetSource;

/** An input file on disk as a program is given it. */
export interface FileSource {
  readonly kind: 'file';
  readonly object: PlannedObject;
  readonly read: ReadRange;
  /** In the input folder. */
  readonly name: string;
  readonly file: string;
}

/** What a processor is given: the records of one chunk, and where to put things. */
export interface ChunkWork {
  readonly chunk: Chunk;
  readonly sources: readonly Source[];
  /** In the place of sources, where the input is files. */
  readonly files?: readonly FileSource[];
  readonly config: JobConfig;
  readonly profile: Profile;
  /** An empty folder of this chunk's own. */
  readonly scratch: string;
  /** The deployed jobs folder, to which the paths of a spec are relative. */
  readonly jobsFolder: string;
  /** The tables of a query beside its records; fetched once per task, when first asked for. */
  readonly lookups: () => Promise<readonly LookupTable[]>;
  /** All that a user's program sees of the environment. */
  readonly childEnvironment: Readonly<Record<string, string>>;
  readonly quarantine: Quarantine;
  /** Told what reading, parsing and writing took; what nobody claims of a chunk's processing counts as the processor's. */
  readonly meter: Meter;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** A finished output file. */
export interface PartFile {
  readonly file: string;
  /** Of a file that is published as it is: one. */
  readonly rows: number;
  /** What it holds, those that became folders too. @default nobody knows */
  readonly columns?: readonly PartColumn[];
  /** The folders it lies in, as `hivePath` makes them. @default none */
  readonly partition?: string;
  /** Of a file that is published as it is, in the chunk's own folder. */
  readonly name?: string;
}

/** What came of it. Quarantined records are counted by the quarantine. */
export interface Outcome {
  readonly parts: readonly PartFile[];
  readonly written: number;
  readonly filtered: number;
  /** Rows in the file, where they may differ from the records written. */
  readonly rows?: number;
  /** Whether a query's rows showed which records they belong to, or were counted. */
  readonly identity?: Marker['identity'];
  /** What the job's quality rules found. */
  readonly quality?: readonly Found[];
  /** What the processor counted. */
  readonly metrics?: Metrics;
}

/** What must still be there when a chunk is delivered. */
export const filesOf = ({ parts, quality = [] }: Outcome): readonly string[] =>
  [...parts, ...quality.flatMap(({ keys }) => keys ?? [])].map(({ file }) => file);

export type Processor = (work: ChunkWork) => Promise<Outcome>;
