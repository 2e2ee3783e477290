const BEGIN_MS = Date.parse('2026-01-01T00:01:00.000Z');

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The one clock of a schedule: it goes on with every step, and by hours and days where nothing else happens. */
export class Clock {
  private ms = BEGIN_MS;

  readonly now = (): Date => new Date(this.ms);

  advance(ms: number): void {
    this.ms += ms;
  }
}
