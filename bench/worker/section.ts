import type { Claim } from '../claims';

/** What a section of the worker's benchmark is told. */
export interface BenchOptions {
  /** Size of the input in megabytes of 10^6 bytes. */
  readonly mb: number;
  /** How often each subject is measured; medians are compared. */
  readonly rounds: number;
  /** A folder that is removed afterwards. */
  readonly folder: string;
  /** Tells people how far it is; stdout is for the results. */
  readonly note: (line: string) => void;
}

export interface SectionResult {
  readonly claims: readonly Claim[];
  /** All measurements behind the claims. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** One script per processor; it measures ours and what it is compared with in turns, so that both meet the same noise. */
export type Section = (options: BenchOptions) => Promise<SectionResult>;

/** The middle one; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** Measures every subject once a round, in turns; answers each one's measurements in the order of the rounds. */
export async function inTurns<Name extends string, T>(
  subjects: Readonly<Record<Name, () => Promise<T>>>,
  { rounds, note }: Pick<BenchOptions, 'rounds' | 'note'>,
): Promise<Readonly<Record<Name, readonly T[]>>> {
  const names = Object.keys(subjects) as Name[];
  const measured = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<Name, T[]>;
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of names) {
      note(`round ${round} of ${rounds}: ${name}`);
      measured[name].push(await subjects[name]());
    }
  }
  return measured;
}

export const times = (ratio: number): string => `${ratio.toFixed(2)} ×`;
