/** Edits between two words: insert, delete, replace (Levenshtein), one row at a time. */
export function editDistance(a: string, b: string): number {
  const first = Array.from({ length: b.length + 1 }, (_, column) => column);
  const last = Array.from(a).reduce((row, letter, index) => nextRow(row, letter, { b, index }), first);
  return last.at(-1) ?? 0;
}

function nextRow(above: readonly number[], letter: string, { b, index }: { b: string; index: number }): number[] {
  const row = [index + 1];
  for (let column = 0; column < b.length; column += 1) {
    const replaced = (above[column] ?? 0) + (b[column] === letter ? 0 : 1);
    row.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (row[column] ?? 0) + 1));
  }
  return row;
}

/** Longer words cannot be near any key; they are not worth the time. */
const LONGEST_WORD = 64;

/** The allowed word that was probably meant: at most a third of its letters away; undefined when none is that near. */
export function nearest(word: string, allowed: readonly string[]): string | undefined {
  if (word.length > LONGEST_WORD) return undefined;
  const ranked = allowed
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(1, Math.floor(best.candidate.length / 3)) ? best.candidate : undefined;
}

/** ` (did you mean x?)`, or nothing. */
export function suggestion(word: string, allowed: readonly string[]): string {
  const meant = nearest(word, allowed);
  return meant === undefined ? '' : ` (did you mean ${meant}?)`;
}
