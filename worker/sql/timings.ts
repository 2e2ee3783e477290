import type { Operator } from '../engine';
import type { Meter } from '../meter';

/** Operators that read a file name it. */
const FILE_FIELD = 'Filename(s)';

/** Seconds that a finished query's operators read and wrote; all others count as the query's own work. */
export function timingsOf(operator: Operator): { readonly parse: number; readonly write: number } {
  const seconds = operator.operator_timing ?? 0;
  const inner = (operator.children ?? []).map(timingsOf);
  const reads = typeof operator.extra_info?.[FILE_FIELD] === 'string';
  const writes = operator.operator_type?.includes('COPY_TO') ?? false;
  return {
    parse: inner.reduce((sum, { parse }) => sum + parse, reads ? seconds : 0),
    write: inner.reduce((sum, { write }) => sum + write, writes ? seconds : 0),
  };
}

/** Adds them to a chunk's measures. Operators of several threads may together have taken longer than the query. */
export function addTimings(meter: Meter, profile: Operator, querySeconds: number): void {
  const { parse, write } = timingsOf(profile);
  const share = Math.min(1, querySeconds / Math.max(parse + write, Number.MIN_VALUE));
  meter.add('parse', { seconds: parse * share });
  meter.add('write', { seconds: write * share });
}
