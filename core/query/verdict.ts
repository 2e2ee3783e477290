import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { JobConfig } from '../contracts';

/** Raised when the rules by which queries are judged change: verdicts of older ones then match no more. */
const RULES = 2;

/** What the check at deploy found out about a job's queries; stands in the job's config. */
export const QueryVerdict = z.object({
  schema: z.literal('verdict.v1'),
  /** Of all that was judged. */
  digest: z.string(),
  /** The version of DuckDB that judged it. */
  engine: z.string(),
  /** Whether each row carries the number of its record through the query, or rows are counted. Absent where only rules have queries. */
  rows: z.enum(['observed', 'computed']).optional(),
  /** Why rows are counted. */
  because: z.string().optional(),
  /** The query that carries the numbers. */
  rewritten: z.string().optional(),
});
export type QueryVerdict = z.infer<typeof QueryVerdict>;

type Judged = Pick<JobConfig, 'spec'> & { readonly schemas?: JobConfig['schemas'] };

/** The texts of SQL in a spec, by where they stand. */
export function queriesOf({
  process,
  quality = [],
}: JobConfig['spec']): readonly { readonly path: readonly (string | number)[]; readonly sql: string }[] {
  const rules = quality.flatMap(({ sql }, index) => (sql === undefined ? [] : [{ path: ['quality', index, 'sql'], sql }]));
  return 'sql' in process ? [{ path: ['process', 'sql'], sql: process.sql }, ...rules] : rules;
}

/** The digest of a job's queries and of what they are about. */
export function queryDigest({ spec, schemas }: Judged): string {
  const lookups = 'sql' in spec.process ? spec.process.lookups : undefined;
  const judged = { rules: RULES, queries: queriesOf(spec), lookups, input: schemas?.input };
  return createHash('sha256').update(JSON.stringify(judged)).digest('hex');
}

/** Why a config may not be run: its queries were not judged as they are. Undefined when they were, or when it has none. */
export function verdictProblem(config: JobConfig): string | undefined {
  if (queriesOf(config.spec).length === 0) return undefined;
  const expected = queryDigest(config);
  if (config.query?.digest === expected) return undefined;
  const found = config.query ? `one of others (${config.query.digest.slice(0, 12)}, expected ${expected.slice(0, 12)})` : 'none';
  return `the config of job ${config.spec.name} has no verdict on its queries, received ${found}: deploy the job again, which checks that each record is treated by itself`;
}
