import type { JobConfig } from '../contracts';
import { isInferred } from '../inference/infer-schema';

/** Whether the same input is to be run again: only what has changed is worth another run. */

type Config = Pick<JobConfig, 'spec' | 'schemas' | 'code'>;

/** The same text for the same value, whatever the order of its keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

const isSame = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

/** A schema that Plan inferred is no one's to change. */
const written = ({ schemas }: Config) => ({ input: isInferred(schemas.input) ? undefined : schemas.input, output: schemas.output });

/** The spec without its description, which changes no row. */
const specWithoutDescription = ({ spec: { description: _, ...rest } }: Config): unknown => rest;

/** What of a job has changed since a run, in words; undefined where nothing has. A run of which no code is known had the same. */
export function changeSince(run: Config, now: Config): string | undefined {
  if (!isSame(specWithoutDescription(run), specWithoutDescription(now))) return 'the spec has changed';
  if (!isSame(written(run), written(now))) return 'a schema has changed';
  const isKnown = run.code !== undefined && now.code !== undefined;
  return isKnown && run.code !== now.code ? 'the code that the spec names has changed' : undefined;
}
