import type { Metrics } from '../../../core/contracts';

/** A marker holds all names of its chunk, and a report all of the run. */
const MAX_NAMES = 100;
/** What people can read, and what cannot be mistaken for anything else where it is shown. */
const NAME = /^[A-Za-z][\w .:/-]{0,63}$/;

/** What a processor counts while it works on a chunk. */
export class Counters {
  private readonly sums = new Map<string, number>();

  /** A function of its own, so that it can be taken off the context. */
  readonly count = (name: string, by = 1): void => {
    if (!Number.isFinite(by)) throw new RangeError(`count(${JSON.stringify(name)}) was given ${by}, expected a number`);
    const before = this.sums.get(name);
    if (before === undefined) this.checkName(name);
    this.sums.set(name, (before ?? 0) + by);
  };

  /** Undefined where nothing was counted. */
  get metrics(): Metrics | undefined {
    return this.sums.size === 0 ? undefined : Object.fromEntries(this.sums);
  }

  private checkName(name: string): void {
    if (!NAME.test(name)) {
      throw new RangeError(
        `count was given the name ${JSON.stringify(String(name).slice(0, 80))}, expected a letter, then up to 63 of letters, digits, space and _ . : / -`,
      );
    }
    if (this.sums.size >= MAX_NAMES)
      throw new RangeError(`count was given more than ${MAX_NAMES} names, the last one ${JSON.stringify(name)}`);
  }
}
