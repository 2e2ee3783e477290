import type { RunSource } from '../contracts';
import type { JobSpec } from '../spec/schema';
import { StepFailure } from '../step-failures';

/** Where a run's objects may lie: workers of a job can read below its own prefix in the input bucket, and nothing else. */
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
