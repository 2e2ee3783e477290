import type { JobConfig, ObjectRef, PlannedObject } from '../core/contracts';
import { type Sample, wantsInference } from '../core/inference/infer-schema';
import { KIB } from '../core/units';
import type { ObjectStore, ReadOptions } from './ports';
import { textStart } from './text-start';

/** Files that tell the types of a job's columns: enough to see what they have in common, few enough to cost nothing. */
const SAMPLED_OBJECTS = 16;
/** Some hundred records as a rule. */
const SAMPLE_BYTES = 64 * KIB;

/** A store that keeps what is read of the beginnings of the first objects, so that it need not be read twice. */
export interface SamplingStore {
  readonly store: ObjectStore;
  /** How these objects begin, those that were read, in their order. */
  samples(objects: readonly PlannedObject[]): Promise<readonly Sample[]>;
  /** Bytes of these beginnings, as they are stored. */
  bytesOf(objects: readonly PlannedObject[]): number;
}

/** Watches what is read of these objects through the store; reads a little more at once where that was too little to tell types. */
export function samplingStore(input: ObjectStore, refs: readonly ObjectRef[], { spec }: Pick<JobConfig, 'spec'>): SamplingStore {
  const wanted = new Set(wantsInference(spec) ? refs.slice(0, SAMPLED_OBJECTS).map(versionName) : []);
  const beginnings = new Map<string, Buffer>();
  const readBeginning = async (key: string, { versionId, range }: Required<ReadOptions>): Promise<Buffer> => {
    const bytes = await input.read(key, { versionId, range: { start: 0, end: Math.max(range.end, SAMPLE_BYTES) } });
    beginnings.set(versionName({ key, versionId }), bytes);
    return bytes.subarray(0, range.end);
  };
  const store: ObjectStore = {
    bucket: input.bucket,
    head: (key, versionId) => input.head(key, versionId),
    createOnce: (key, body) => input.createOnce(key, body),
    list: (prefix) => input.list(prefix),
    read: (key, options) =>
      isBeginning(options) && wanted.has(versionName({ key, ...options })) ? readBeginning(key, options) : input.read(key, options),
  };
  const samples = (objects: readonly PlannedObject[]): Promise<readonly Sample[]> =>
    Promise.all(
      objects.slice(0, SAMPLED_OBJECTS).flatMap((object) => {
        const bytes = beginnings.get(versionName(object));
        return bytes ? [sampleOf(bytes, object, spec)] : [];
      }),
    );
  const bytesOf = (objects: readonly PlannedObject[]): number =>
    objects.slice(0, SAMPLED_OBJECTS).reduce((sum, { key }) => sum + (beginnings.get(key)?.length ?? 0), 0);
  return { store, samples, bytesOf };
}

/** A run may be over several versions of one key. */
const versionName = ({ key, versionId }: Pick<ObjectRef, 'key' | 'versionId'>): string => JSON.stringify([key, versionId]);

const isBeginning = (options: ReadOptions | undefined): options is Required<ReadOptions> =>
  options?.versionId !== undefined && options.range?.start === 0;

async function sampleOf(bytes: Buffer, { key, compression, bytes: size }: PlannedObject, { input }: JobConfig['spec']): Promise<Sample> {
  return { key, ...(await textStart({ bytes, complete: bytes.length === size }, { compression, encoding: input.encoding })) };
}
