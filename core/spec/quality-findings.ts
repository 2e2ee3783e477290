import { isOfRun, keysOf } from '../commit/quality';
import type { Finding } from './explain';
import type { RecordSchemas } from './references';
import type { JobSpec } from './schema';

/** A query names its columns itself; what a module or a command writes is known from the output schema alone. */
export function qualityFindings({ process, quality = [] }: JobSpec, { output: schema }: RecordSchemas): readonly Finding[] {
  if ('sql' in process) return [];
  const names = schema && Object.keys((schema.properties ?? {}) as object);
  return quality.flatMap((rule, index): readonly Finding[] => {
    const path = ['quality', index];
    if (!names) return isOfRun(rule) ? [{ path, at: 'value', message: NEEDS_SCHEMA }] : [];
    const columns = rule.column === undefined ? keysOf(rule) : [rule.column];
    return columns
      .filter((column) => !names.includes(column))
      .map((column) => ({ path, at: 'value', message: `expected a column of output.schema (${names.join(', ')}), received "${column}"` }));
  });
}

/** `1` in one chunk and `1.0` in another would not be told to be the same. */
const NEEDS_SCHEMA =
  'keys that are unique over a run need a type that is the same in every chunk: name output.schema, or write scope: chunk';
