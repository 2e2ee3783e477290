import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { SuiteMutant } from './mutant';

export const ROOT = path.join(__dirname, '..', '..');

/** What is large, or made by running things here. */
const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules', '.git', '.batchwright', 'cdk.out']);

/** Copies the sources into a folder; packages are shared by a link. */
export function copyTree(folder: string): void {
  cpSync(ROOT, folder, { recursive: true, filter: (file) => !LEFT_OUT.has(path.relative(ROOT, file)) });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
}

/** A mutant that does not fit the sources. */
export class MisfitError extends Error {
  override readonly name = 'MisfitError';
}

/** Replaces the only occurrence of a text. @throws MisfitError when there is none or more than one. */
function replaceOnce(text: string, { file, from, to }: SuiteMutant['edits'][number], mutant: string): string {
  const occurrences = text.split(from).length - 1;
  if (occurrences !== 1)
    throw new MisfitError(`mutant "${mutant}": ${JSON.stringify(from)} occurs ${occurrences} times in ${file}, expected 1`);
  return text.replace(from, () => to);
}

/** The mutated text of every file that a mutant changes. */
export function mutate({ name, edits }: SuiteMutant, root: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const edit of edits) {
    const full = path.join(root, edit.file);
    if (!existsSync(full)) throw new MisfitError(`mutant "${name}": there is no file ${edit.file}`);
    texts.set(edit.file, replaceOnce(texts.get(edit.file) ?? readFileSync(full, 'utf8'), edit, name));
  }
  return texts;
}

/** Applies a mutant to a tree for as long as `work` takes. */
export async function withMutant<Result>(mutant: SuiteMutant, root: string, work: () => Promise<Result>): Promise<Result> {
  const texts = mutate(mutant, root);
  const before = [...texts.keys()].map((file) => [file, readFileSync(path.join(root, file))] as const);
  for (const [file, text] of texts) writeFileSync(path.join(root, file), text);
  try {
    return await work();
  } finally {
    for (const [file, bytes] of before) writeFileSync(path.join(root, file), bytes);
  }
}
