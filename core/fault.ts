import { z } from 'zod';

/**
 * Why a record was set aside (see `docs/quarantine.md`): it cannot be taken apart, a value is not of its column's type, it
 * is not what the input schema wants, the processor skipped it, its output is not what the output schema wants, or the
 * processor asked for another try too often. DATA, CODE, OOM and TIMEOUT: every chunk that it was in failed so.
 */
export const FaultClass = z.enum(['PARSE', 'TYPE', 'SCHEMA', 'SKIPPED', 'OUTPUT', 'RETRIES', 'DATA', 'CODE', 'OOM', 'TIMEOUT']);
export type FaultClass = z.infer<typeof FaultClass>;

/** What is wrong with one record; a class, so that it is never taken for a record. */
export class Fault {
  constructor(
    readonly faultClass: FaultClass,
    readonly reason: string,
  ) {}
}
