import type { Chunk, ListedRef, PlannedObject } from '../contracts';
import { StepFailure } from '../step-failures';
import { type ChunkRule, holdsWork } from './chunk-rule';
import { ChunkPlanner, type ChunkPlannerState, type Incoming, type RowGroup } from './chunking';
import { Fingerprint, type Fingerprinted, type FingerprintState } from './fingerprint';
import { isFolderMark } from './source-objects';

/**
 * Chunks over a listing. Objects of a chunk and more are looked at, because how they are cut depends on what they are;
 * of the many small ones only a sample is, so that a prefix of the wrong format is refused before anything is submitted.
 */

export type ListedObject = Fingerprinted;

/** What was found in an object that was looked at. */
export interface Look extends Pick<PlannedObject, 'bytes' | 'etag' | 'checksum' | 'header' | 'compression'> {
  readonly rowGroups?: readonly RowGroup[];
}

/** Everything that a planner over a listing remembers, as plain JSON. */
export interface ListingPlannerState {
  readonly chunks: ChunkPlannerState;
  readonly fingerprint: FingerprintState;
  readonly empty: number;
  /** Objects below the size of a chunk. */
  readonly small: number;
  readonly bytes: number;
  readonly header?: readonly string[];
  /** The first objects that were looked at. */
  readonly samples: readonly Sample[];
}

/** An object that tells what the others are like. */
export type Sample = Pick<ListedObject, 'key' | 'versionId'>;

/** Enough to tell the types of columns. */
const SAMPLES_KEPT = 16;

/** Small objects that are looked at before the sample thins out. */
const SAMPLED_FIRST = 32;

/** The first few and then ever fewer: a million small objects are judged by about fifty. */
const isSampled = (small: number): boolean => small < SAMPLED_FIRST || Number.isInteger(Math.log2(small));

export class ListingPlanner {
  private readonly chunks: ChunkPlanner;
  private readonly fingerprint: Fingerprint;
  private empty: number;
  private small: number;
  private bytes: number;
  private header: readonly string[] | undefined;
  private readonly samples: Sample[];

  constructor(
    private readonly rule: ChunkRule,
    state?: ListingPlannerState,
  ) {
    this.chunks = new ChunkPlanner(rule, state?.chunks);
    this.fingerprint = new Fingerprint(state?.fingerprint);
    this.empty = state?.empty ?? 0;
    this.small = state?.small ?? 0;
    this.bytes = state?.bytes ?? 0;
    this.header = state?.header;
    this.samples = [...(state?.samples ?? [])];
  }

  /** Says which objects of the next page must be looked at, by their place; pages may be asked for before they are added. */
  chooser(): (page: readonly ListedObject[]) => readonly number[] {
    // Files are handed on as they are.
    if (this.rule.whole) return () => [];
    let { small } = this;
    const { bytes: large } = this.rule;
    return (page) => {
      const places: number[] = [];
      for (const [i, { bytes }] of page.entries()) {
        const isSmall = bytes > 0 && bytes < large;
        if (bytes >= large || (isSmall && isSampled(small))) places.push(i);
        if (isSmall) small++;
      }
      return places;
    };
  }

  /** Takes an object in; the chunks that it completes. */
  add(listed: ListedObject, look?: Look): Iterable<Chunk> {
    const object = this.fingerprint.objects;
    this.fingerprint.add(listed);
    if (!holdsWork(this.rule, listed) || isFolderMark({ key: listed.key, size: listed.bytes })) {
      this.empty++;
      return [];
    }
    this.bytes += listed.bytes;
    if (listed.bytes < this.rule.bytes) this.small++;
    return this.chunks.add(this.incoming(object, listed, look));
  }

  /** The chunks that are left when no more objects come. */
  rest(): Iterable<Chunk> {
    return this.chunks.rest();
  }

  /** What was found so far. */
  get found() {
    const { empty, bytes, header } = this;
    return { objects: this.fingerprint.objects, fingerprint: this.fingerprint.value, empty, bytes, ...(header && { header: [...header] }) };
  }

  /** The first objects that were looked at. */
  get sampled(): readonly Sample[] {
    return this.samples;
  }

  state(): ListingPlannerState {
    const { empty, small, bytes, header, samples } = this;
    const counted = { empty, small, bytes, samples: [...samples], ...(header && { header }) };
    return { chunks: this.chunks.state(), fingerprint: this.fingerprint.state(), ...counted };
  }

  private incoming(object: number, listed: ListedObject, look: Look | undefined): Incoming {
    const { key, versionId, bytes, etag } = listed;
    const pinned = { key, versionId, bytes, ...(versionId === 'null' && etag !== '' && { etag }) };
    if (!look) return { object, bytes, ref: pinned };
    checkSame(listed, look);
    if (this.samples.length < SAMPLES_KEPT) this.samples.push({ key, versionId });
    const ref = { ...pinned, seen: true, ...this.learnt(look) };
    return { object, bytes, ref, ...(look.rowGroups && { rowGroups: look.rowGroups }), ...(look.compression && { whole: true }) };
  }

  /** The header is mostly that of all others, and need not be said in every chunk. */
  private learnt({ checksum, header, compression }: Look): Partial<ListedRef> {
    this.header ??= header;
    const isOther = header !== undefined && JSON.stringify(header) !== JSON.stringify(this.header);
    return { ...(checksum && { checksum }), ...(isOther && { header }), ...(compression && { compression }) };
  }
}

/** Without versions an object may be replaced between its listing and the look at it. */
function checkSame({ key, versionId, bytes, etag }: ListedObject, look: Look): void {
  const isSame = look.bytes === bytes && (versionId !== 'null' || etag === '' || look.etag === etag);
  if (isSame) return;
  throw new StepFailure(
    'DATA',
    `${key} was listed with ${bytes} bytes and the ETag ${etag}, now it has ${look.bytes} bytes and the ETag ${look.etag}: it was replaced meanwhile`,
  );
}
