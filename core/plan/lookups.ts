import type { JobSpec } from '../spec/schema';

/** What a lookup's file may be; told by the ending of its name, since nobody looks into it before it is needed. */
export type LookupFormat = 'csv' | 'tsv' | 'jsonl' | 'parquet';
const FORMATS: readonly LookupFormat[] = ['csv', 'tsv', 'jsonl', 'parquet'];

/** A read-only table of a query, beside `input`. */
export interface Lookup {
  readonly name: string;
  readonly format: LookupFormat;
  /** A file of the jobs folder, or an object. */
  readonly at: { readonly path: string } | { readonly bucket: string; readonly key: string };
}

const S3_URI = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
/** What IAM would read as a pattern or a variable: the worker may read these objects and no others. */
const PATTERN = /[*?]|\$\{/;

const formatOf = (location: string): LookupFormat | undefined => FORMATS.find((format) => location.endsWith(`.${format}`));

/** What is wrong with where a lookup is said to be. */
export function lookupProblem(location: string): string | undefined {
  if (!formatOf(location))
    return `expected a file that ends with ${FORMATS.map((format) => `.${format}`).join(', ')}, received "${location}"`;
  if (!location.startsWith('s3:')) return undefined;
  const key = S3_URI.exec(location)?.[2];
  if (key === undefined) return `expected s3://bucket/key, received "${location}"`;
  return PATTERN.test(key)
    ? `expected a key without *, ? and \${, which permissions would take for a pattern, received "${location}"`
    : undefined;
}

/** What is wrong with the names of a query's lookups. */
export function nameProblems(names: readonly string[]): readonly { readonly name: string; readonly message: string }[] {
  return names.flatMap((name, index) => {
    const message = nameProblem(name, names.slice(0, index));
    return message === undefined ? [] : [{ name, message }];
  });
}

function nameProblem(name: string, earlier: readonly string[]): string | undefined {
  if (!IDENTIFIER.test(name)) return `expected a name of letters, digits and _ that begins with no digit, received "${name}"`;
  if (name.toLowerCase() === 'input') return 'the name "input" is taken by the records themselves';
  const same = earlier.find((other) => other.toLowerCase() === name.toLowerCase());
  return same === undefined ? undefined : `"${name}" and "${same}" are one name in SQL`;
}

/** The lookups of a job, in the spec's order; none where it is not a query. */
export function lookupsOf({ process }: Pick<JobSpec, 'process'>): readonly Lookup[] {
  const lookups = 'sql' in process ? (process.lookups ?? {}) : {};
  return Object.entries(lookups).flatMap(([name, location]) => {
    const format = formatOf(location);
    return format ? [{ name, format, at: placeOf(location) }] : [];
  });
}

function placeOf(location: string): Lookup['at'] {
  const [, bucket, key] = S3_URI.exec(location) ?? [];
  return bucket !== undefined && key !== undefined ? { bucket, key } : { path: location };
}

/** The objects among them, which the worker must be allowed to read. */
export const lookupObjects = (
  spec: Pick<JobSpec, 'process'>,
): readonly { readonly name: string; readonly bucket: string; readonly key: string }[] =>
  lookupsOf(spec).flatMap(({ name, at }) => ('key' in at ? [{ name, ...at }] : []));
