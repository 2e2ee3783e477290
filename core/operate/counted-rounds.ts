import type { Round } from '../contracts';

/** The drive that wrote a round. */
export const driveOf = ({ drive = 0 }: Pick<Round, 'drive'>): number => drive;

/**
 * The rounds that count, of all that were written down: a redrive goes on from the rounds that the decision before it
 * knew, so what a step of an earlier drive wrote after that decision counts for nothing.
 */
export function countedRounds<R extends Pick<Round, 'round' | 'drive' | 'base'>>(rounds: readonly R[]): readonly R[] {
  return rounds.reduce<readonly R[]>((counted, round) => {
    const newest = counted.at(-1);
    const before = newest ? driveOf(newest) : 0;
    if (driveOf(round) < before) return counted;
    const { base } = round;
    const known = driveOf(round) > before && base !== undefined ? counted.filter((one) => one.round < base) : counted;
    return [...known, round];
  }, []);
}
