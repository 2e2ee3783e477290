/** Counts what happened more often than it should have had to: requests that were sent again, bodies that were resumed. */
export class Tally {
  count = 0;

  add(times: number): void {
    this.count += times;
  }
}
