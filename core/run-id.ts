import { createHash } from 'node:crypto';
import type { ObjectRef, RunSource } from './contracts';

/** Hex digits of the hash in a run id: 96 bits, so that two inputs of one job never meet by chance. */
const HASH_DIGITS = 24;

/** Short, stable name of a value. */
export const digest = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, HASH_DIGITS);

const identity = ({ bucket, key, versionId }: ObjectRef): readonly string[] => [bucket, key, versionId];

/** One text for one object version, whoever names it. */
export const identityOf = (object: ObjectRef): string => JSON.stringify(identity(object));

/** Each object version once, where it is named first. */
export function distinctObjects<T extends ObjectRef>(objects: readonly T[]): T[] {
  const byIdentity = new Map<string, T>();
  for (const object of objects) {
    const name = identityOf(object);
    if (!byIdentity.has(name)) byIdentity.set(name, object);
  }
  return [...byIdentity.values()];
}

/** Names the run of a job over exactly these object versions, whatever their order and however often each is named; a nonce forces a run of its own. */
export function runIdOf(job: string, objects: readonly ObjectRef[], nonce?: string): string {
  const identities = [...new Set(objects.map(identityOf))].toSorted().map((text): unknown => JSON.parse(text));
  return `${job}-${digest([job, identities, nonce ?? null])}`;
}

/** Names the run of a job over what a source holds: `fingerprint` stands for the object versions. */
export const sourceRunIdOf = (job: string, { source, fingerprint }: { source: RunSource; fingerprint: string }, nonce?: string): string =>
  `${job}-${digest([job, placeOf(source), fingerprint, nonce ?? null])}`;

const placeOf = (source: RunSource): readonly (string | null)[] =>
  source.kind === 'prefix'
    ? [source.kind, source.bucket, source.prefix]
    : [source.kind, source.bucket, source.manifest, source.versionId ?? null, source.prefix ?? null];

/** Names the claim of one object version. */
export const claimHash = (object: ObjectRef): string => digest(identity(object));
