import type { Check, Chunk, ObjectRef } from '../contracts';
import { identityOf } from '../run-id';
import { check } from './books-of-chunk';

/** The objects of a run by their numbers, and the chunks whose ranges speak of them. */
export interface Numbered {
  readonly objects: readonly (readonly [number, ObjectRef])[];
  readonly leaves: readonly Chunk[];
}

const placeOf = ({ bucket, key, versionId }: ObjectRef): string => `s3://${bucket}/${key} version ${versionId}`;

/** Two numbers of one object version: each range of it would be read twice. */
function repeated(objects: Numbered['objects']): readonly Check[] {
  const numbers = new Map<string, number>();
  const twice: Check[] = [];
  for (const [number, object] of objects) {
    const first = numbers.get(identityOf(object));
    if (first === undefined) numbers.set(identityOf(object), number);
    else twice.push(check(`${placeOf(object)} is planned once`, `object ${first}`, `objects ${first} and ${number}`));
  }
  return twice;
}

/** Two object versions of one number: the ranges of neither would cover it. */
function confused({ objects, leaves }: Numbered): readonly Check[] {
  const known = new Map(objects);
  const ranges = leaves.flatMap((chunk) => chunk.ranges.flatMap(({ object, ref }) => (ref ? [{ chunk, object, ref }] : [])));
  return ranges.flatMap(({ chunk, object, ref: { key, versionId } }) => {
    const planned = known.get(object);
    if (!planned || (planned.key === key && planned.versionId === versionId)) return [];
    const found = placeOf({ ...planned, key, versionId });
    return [check(`chunk ${chunk.id} means by object ${object} what the others do`, placeOf(planned), found)];
  });
}

/**
 * Whether numbers stand for object versions one to one. Ranges are told apart by the number of their object, so that they
 * are disjoint over the whole run only if this holds. One pass over objects and ranges.
 */
export function identityChecks(numbered: Numbered): readonly Check[] {
  const { objects } = numbered;
  const twice = repeated(objects);
  return [check('object versions are planned once', objects.length, objects.length - twice.length), ...twice, ...confused(numbered)];
}
