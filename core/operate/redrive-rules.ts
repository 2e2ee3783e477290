import type { JobConfig } from '../contracts';
import { isInferred } from '../inference/infer-schema';

/**
 * What becomes of a field of a job's config when a run is redriven that has committed chunks. `stays`: it shapes rows, so
 * a redrive under another value is refused. `inherited`: the plan of the committed chunks decides. `free`: the newest value counts.
 */
export type RedriveRule = 'stays' | 'inherited' | 'free';

/** Every field of a config, by its path. */
export const REDRIVE_RULES: Readonly<Record<string, RedriveRule>> = {
  schema: 'stays',
  // The digest of the jobs folder's programs: mended code is what a redrive is for.
  code: 'free',
  // Follows from the query, which is code.
  'query.schema': 'free',
  'query.digest': 'free',
  'query.engine': 'free',
  'query.rows': 'free',
  'query.because': 'free',
  'query.rewritten': 'free',
  'spec.name': 'stays',
  'spec.description': 'free',
  'spec.input.prefix': 'stays',
  'spec.input.format': 'stays',
  'spec.input.csv.header': 'stays',
  'spec.input.csv.delimiter': 'stays',
  'spec.input.csv.quote': 'stays',
  'spec.input.csv.escape': 'stays',
  'spec.input.csv.quotedNewlines': 'stays',
  // A file may be renamed: what it says is compared.
  'spec.input.schema': 'free',
  'spec.input.compression': 'stays',
  'spec.input.encoding': 'stays',
  // A limit shapes no row that is committed: what broke it is not.
  'spec.input.maxExpandedBytes': 'free',
  'spec.input.maxExpansionRatio': 'free',
  'spec.input.maxRecordBytes': 'free',
  // The chunks are cut.
  'spec.chunk.bytes': 'inherited',
  'spec.chunk.files': 'inherited',
  // Mended code is what a redrive is for; that it makes the same columns is seen when it writes them.
  'spec.process.sql': 'free',
  'spec.process.module': 'free',
  'spec.process.command': 'free',
  'spec.process.timeout': 'free',
  'spec.process.lookups': 'stays',
  'spec.output.format': 'stays',
  'spec.output.compression': 'stays',
  'spec.output.rowGroupSize': 'stays',
  'spec.output.csv.header': 'stays',
  'spec.output.csv.delimiter': 'stays',
  'spec.output.csv.escapeFormulas': 'stays',
  'spec.output.partitionBy': 'stays',
  'spec.output.maxPartitions': 'free',
  'spec.output.schema': 'free',
  // What a chunk's rows were found to be is noted by the rule's place.
  'spec.quality': 'stays',
  'spec.verify': 'free',
  'spec.errors.skipLimit': 'free',
  'spec.errors.retry': 'free',
  'spec.errors.bisect': 'free',
  'spec.errors.bisect.maxRecords': 'free',
  'spec.errors.systemic': 'free',
  'spec.compute.capacity': 'free',
  'spec.compute.architecture': 'free',
  'spec.compute.vcpu': 'free',
  'spec.compute.memory': 'free',
  'spec.compute.onDemandAfter': 'free',
  'spec.compute.maxMemory': 'free',
  'schemas.input': 'stays',
  'schemas.output': 'stays',
  'worker.jobDefinition': 'free',
  'worker.image': 'free',
  'worker.architecture': 'free',
  'worker.profile.vcpu': 'free',
  'worker.profile.memoryMiB': 'free',
};

type Json = Readonly<Record<string, unknown>>;
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

const valueAt = (config: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (isJson(value) ? value[key] : undefined), config);

/** A value that is not what it was. */
export interface Change {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** The innermost value that differs; undefined when none does. The order of members matters where they are columns. */
function findChange({ path, before, after }: Change): Change | undefined {
  if (!isJson(before) || !isJson(after)) return JSON.stringify(before) === JSON.stringify(after) ? undefined : { path, before, after };
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const change = findChange({ path: `${path}.${key}`, before: before[key], after: after[key] });
    if (change) return change;
  }
  const [was, is] = [Object.keys(before), Object.keys(after)];
  return path.endsWith('.properties') ? findChange({ path, before: was, after: is }) : undefined;
}

/** Types that were inferred are no part of what was deployed. */
const withoutInferred = ({ schemas: { input, ...schemas }, ...config }: JobConfig): JobConfig => ({
  ...config,
  schemas: isInferred(input) ? schemas : { ...schemas, ...(input && { input }) },
});

const kindOf = ({ spec: { process } }: JobConfig): string => ['sql', 'module', 'command'].find((kind) => kind in process) ?? 'nothing';

/** The first thing that shapes rows and differs between two configs. */
export function rowChangeOf(before: JobConfig, after: JobConfig): Change | undefined {
  const [was, is] = [withoutInferred(before), withoutInferred(after)];
  const paths = Object.keys(REDRIVE_RULES).filter((path) => REDRIVE_RULES[path] === 'stays');
  const values = paths.map((path) => ({ path, before: valueAt(was, path), after: valueAt(is, path) }));
  const kinds = { path: 'spec.process', before: kindOf(was), after: kindOf(is) };
  return [kinds, ...values].map(findChange).find((change) => change !== undefined);
}
