import type { Plan, Range } from '../contracts';
import { objectOf } from '../plan/source-objects';
import { MIB } from '../units';
import type { Policy } from './assess';
import type { IsCuttable } from './pieces';
import { retryRulesOf } from './retry-policy';

/** What a run's pinned spec says about failures. A task that begins with more memory than the ceiling keeps what it has. */
export function policyOf({ config }: Pick<Plan, 'config'>): Policy {
  const { errors, compute } = config.spec;
  const { profile } = config.worker;
  return {
    rules: retryRulesOf(errors),
    bisect: errors.bisect,
    systemic: errors.systemic,
    skipLimit: errors.skipLimit,
    footing: { capacity: compute.capacity, profile, onDemandAfter: compute.onDemandAfter, ceilingMiB: compute.maxMemory / MIB },
  };
}

/** Ranges of plain text and of Avro may be cut anywhere; whole files, row groups and what is or may be compressed may not. */
export const cuttableIn =
  ({ config, objects, listing }: Pick<Plan, 'config' | 'objects' | 'listing'>): IsCuttable =>
  (range: Range) => {
    const { format, compression } = config.spec.input;
    if (range.rowGroups || range.window || format === 'parquet' || format === 'files') return false;
    const source = objectOf({ objects, listing }, range);
    return source !== undefined && source.object.compression === undefined && (source.seen || compression === 'none' || format === 'avro');
  };
