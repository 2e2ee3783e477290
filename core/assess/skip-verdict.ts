import { totalsOf } from '../commit/totals';
import type { Chunk, Failure, Marker, Outline } from '../contracts';
import { createFailure } from '../failures';
import { skipsAllowed } from './skip-limit';

export interface Skips {
  readonly leaves: readonly Chunk[];
  readonly markers: ReadonlyMap<string, Marker>;
  readonly outlines: ReadonlyMap<string, Outline>;
  readonly skipLimit: number | string;
}

const NO_SCHEMA =
  '; the job has no input.schema, so the types of its columns were inferred from the beginning of the files: name those that are wrong in a JSON Schema';

/** The failure of a run that set more records aside than it may; undefined when all is well. */
export function tooManySkipped(skips: Omit<Skips, 'outlines'> & { readonly typesInferred?: boolean }): Failure | undefined {
  const { leaves, markers, skipLimit, typesInferred } = skips;
  const { read, quarantined } = totalsOf(leaves, markers);
  if (quarantined <= skipsAllowed(skipLimit, read)) return undefined;
  return createFailure({
    class: 'DATA',
    message: `${quarantined} of ${read} records were quarantined, errors.skipLimit allows ${skipLimit} (${skipsAllowed(skipLimit, read)})`,
    hint: `look at the quarantine: correct the file, the schema or the processor, or raise errors.skipLimit${typesInferred ? NO_SCHEMA : ''}`,
  });
}

/** Records of the whole run; undefined while some chunk was neither done nor looked at. */
function recordsOf({ leaves, markers, outlines }: Skips): number | undefined {
  const known = leaves.map(({ id }) => markers.get(id)?.counts.read ?? outlines.get(id)?.records);
  return known.reduce((sum, records) => (sum === undefined || records === undefined ? undefined : sum + records), 0);
}

/** Whether it is certain before the end that a run will set more aside than it may: `bad` chunks hold a bad record each. */
export function cannotPublish(skips: Skips, bad: number): boolean {
  if (bad === 0) return false;
  const { skipLimit, leaves, markers } = skips;
  const records = typeof skipLimit === 'number' ? 0 : recordsOf(skips);
  return records !== undefined && totalsOf(leaves, markers).quarantined + bad > skipsAllowed(skipLimit, records);
}
