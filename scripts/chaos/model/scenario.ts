import { aConfig, aSpec } from '../../../test/support/records';
import { recordsIn, rowOf } from './processors';

/** What one schedule is about, drawn by its seed. */
export interface Scenario {
  readonly csv: boolean;
  readonly text: string;
  readonly checksummed: boolean;
  readonly flips: boolean;
  readonly faults: number;
  readonly events: number;
  readonly collections: number;
  readonly twoCommitters: boolean;
  readonly reported: boolean;
  /** Whether every look at the clock costs a committer ten minutes. */
  readonly hasty: boolean;
}

/** The second chunk begins inside a field whose lines look like rows, so that its guess is wrong. */
const TRICKY = `id,note\n1,aa\n2,"${'3,x\n'.repeat(14)}"\n4,bb\n5,cc\n`;
const LINES = Array.from({ length: 9 }, (_, i) => `{"i":${i}}\n`).join('');

/** The scenario that a random sequence begins with. */
export function scenarioOf(random: () => number): Scenario {
  const csv = random() < 0.4;
  const checksummed = random() < 0.6;
  return {
    csv,
    text: csv ? TRICKY : LINES,
    checksummed,
    // Without a checksum of the source nothing can tell: the report says so.
    flips: checksummed && random() < 0.4,
    faults: Math.floor(random() * 6),
    events: 1 + Math.floor(random() * 2),
    collections: Math.floor(random() * 3),
    twoCommitters: random() < 0.3,
    reported: random() < 0.3,
    hasty: random() < 0.2,
  };
}

/** Small enough that a file of a few lines is several chunks. */
export const configOf = ({ csv }: Scenario) =>
  aConfig(
    aSpec({
      input: { prefix: 'incoming/orders/', format: csv ? 'csv' : 'jsonl' },
      output: { format: 'jsonl' },
      chunk: { bytes: csv ? 35 : 40 },
    }),
  );

/** The rows that a reader must find, in their order. */
export const expectedRows = ({ csv, text }: Scenario): string =>
  recordsIn(text, csv)
    .slice(csv ? 1 : 0)
    .map(rowOf)
    .join('');
