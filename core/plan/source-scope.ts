import type { ObjectRef, RunSource } from '../contracts';
import { requestKey } from '../keys';
import type { JobSpec } from '../spec/schema';
import { StepFailure } from '../step-failures';

/** Where a run's objects may lie: workers of a job can read below its own prefix and its requests in the input bucket, and nothing else. */
export interface Scope {
  /** Where it is not known yet, the source's own is taken for it. */
  readonly inputBucket?: string;
  readonly spec: Pick<JobSpec, 'name' | 'input'>;
}

/** The prefix of the objects that a source means; refuses by name what the job's workers could not read. */
export function prefixOf(source: RunSource, { inputBucket = source.bucket, spec }: Scope): string {
  const prefix = source.kind === 'prefix' ? source.prefix : (source.prefix ?? spec.input.prefix);
  if (source.kind === 'prefix' && source.bucket !== inputBucket) {
    throw new StepFailure('CONFIG', `s3://${source.bucket}/${prefix} lies outside of the input bucket, expected s3://${inputBucket}/…`);
  }
  if (prefix.startsWith(spec.input.prefix)) return prefix;
  throw new StepFailure(
    'CONFIG',
    `s3://${inputBucket}/${prefix} lies outside of what job ${spec.name} reads, expected a prefix that begins with its input.prefix, ${spec.input.prefix}`,
  );
}

/**
 * Checks that the job's workers can read every object.
 * @throws StepFailure CONFIG naming the first object that lies elsewhere, and the prefixes that are allowed
 */
export function checkScope(objects: readonly ObjectRef[], { inputBucket, spec }: Scope): void {
  const prefixes = [spec.input.prefix, requestKey(spec.name, '')];
  const foreign = objects.find(({ bucket, key }) => bucket !== inputBucket || !prefixes.some((prefix) => key.startsWith(prefix)));
  if (!foreign) return;
  throw new StepFailure(
    'CONFIG',
    `s3://${foreign.bucket}/${foreign.key} lies outside of what job ${spec.name} reads, expected a key that begins with ${prefixes.join(' or ')} in ${inputBucket}`,
  );
}
