import { z } from 'zod';

/**
 * Why a record was set aside (see `docs/quarantine.md`): it cannot be taken apart, a value is not of its column's type, it
 * is not what the input schema wants, the processor skipped it, its output is not what the output schema wants, or the
 * processor asked for another try too often.
 */
export const FaultClass = z.enum(['PARSE', 'TYPE', 'SCHEMA', 'SKIPPED', 'OUTPUT', 'RETRIES']);
export type FaultClass = z.infer<typeof FaultClass>;

/** What is wrong with one record; a class, so that it is never taken for a record. */
export class Fault {
  constructor(
    readonly faultClass: FaultClass,
    readonly reason: string,
  ) {}
}
