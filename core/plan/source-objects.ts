import type { Chunk, ListedInput, Marker, Plan, PlannedObject, Range } from '../contracts';

/**
 * Which object a range is a part of, for both kinds of run: over objects that were named, which the plan lists, and over
 * a listing, whose chunks carry their objects with them.
 */

export interface SourceObject {
  readonly object: PlannedObject;
  /** Whether Plan looked at it; if not, its header, compression and checksum are unknown yet. */
  readonly seen: boolean;
}

type Listed = Pick<Plan, 'objects' | 'listing'>;

/** Objects by the number that ranges call them: an array serves as well. */
export interface SourceObjects {
  entries(): Iterable<readonly [number, PlannedObject]>;
}

/** The object of a range; undefined where plan and chunk do not belong together. */
export function objectOf({ objects, listing }: Listed, { object: index, ref }: Range): SourceObject | undefined {
  if (!listing || !ref) {
    const object = objects[index];
    return object && { object, seen: true };
  }
  const { seen = false, etag = '', ...rest } = ref;
  const header = rest.header ?? (seen ? listing.header : undefined);
  return { object: { bucket: listing.bucket, ...rest, etag, ...(header && { header }) }, seen };
}

export interface ObjectEvidence {
  readonly leaves: readonly Chunk[];
  /** What workers found of objects that Plan did not look at. */
  readonly markers: ReadonlyMap<string, Marker>;
}

/** Every object of a run but the empty ones of a listing, by the number that the chunks' ranges call it. */
export function objectsOf(plan: Listed, { leaves, markers }: ObjectEvidence): SourceObjects {
  if (!plan.listing) return plan.objects;
  const objects = new Map<number, PlannedObject>();
  for (const { id, ranges } of leaves) {
    for (const [i, range] of ranges.entries()) {
      const found = objects.has(range.object) ? undefined : objectOf(plan, range);
      const stored = markers.get(id)?.read[i]?.stored;
      if (found) objects.set(range.object, { ...found.object, ...(stored && { checksum: stored }) });
    }
  }
  return objects;
}

/** Objects that a manifest or a report names one by one; of more it says where they are listed. */
const MOST_NAMED = 1000;

type NamedObject = Omit<PlannedObject, 'etag' | 'header'>;

/** What a run was over, as manifest and report tell it; `list` is where the chunk list stands. */
export function inputOf(
  plan: Pick<Plan, 'objects' | 'listing' | 'bytes'>,
  evidence: ObjectEvidence,
  list: string,
): { readonly input: NamedObject[]; readonly listing?: ListedInput } {
  const named = plan.listing && plan.listing.objects > MOST_NAMED ? [] : [...objectsOf(plan, evidence).entries()];
  const input = named.map(([, { etag, header, ...object }]) => object);
  if (!plan.listing) return { input };
  const { header, ...found } = plan.listing;
  return { input, listing: { ...found, bytes: plan.bytes, list } };
}

/** Whether an object only marks a folder, as consoles make it: its key ends with a slash and it holds nothing. One with content is a file. */
export const isFolderMark = ({ key, size }: { readonly key: string; readonly size?: number | undefined }): boolean =>
  key.endsWith('/') && size === 0;
