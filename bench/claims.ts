/** One claim of the benchmark: what was promised and what was measured. */
export interface Claim {
  readonly claim: string;
  readonly target: string;
  readonly measured: string;
  readonly ok: boolean;
}

/** A measured number against the most that it may be. */
export const atMost = (claim: string, measured: number, limit: number, write: (value: number) => string): Claim => ({
  claim,
  target: `≤ ${write(limit)}`,
  measured: write(measured),
  ok: measured <= limit,
});

/** A measured number against the least that it may be. */
export const atLeast = (claim: string, measured: number, limit: number, write: (value: number) => string): Claim => ({
  claim,
  target: `≥ ${write(limit)}`,
  measured: write(measured),
  ok: measured >= limit,
});

/** A number that nothing was promised of. */
export const shown = (claim: string, measured: number, write: (value: number) => string): Claim => ({
  claim,
  target: '',
  measured: write(measured),
  ok: true,
});

/** Claims as a table for people. */
export function tableOf(claims: readonly Claim[]): string {
  const rows = [
    ['claim', 'target', 'measured', ''],
    ...claims.map(({ claim, target, measured, ok }) => [claim, target, measured, verdictOf({ target, ok })]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const verdictOf = ({ target, ok }: Pick<Claim, 'target' | 'ok'>): string => {
  if (target === '') return '';
  return ok ? 'ok' : 'MISSED';
};
