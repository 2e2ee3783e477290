import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { SuiteMutant } from './mutant';

/** Files of this folder that hold no mutants. */
const OWN_FILES: ReadonlySet<string> = new Set(['index.ts', 'mutant.ts', 'tree.ts', 'trial.ts']);

/** The arrays that a file exports. */
const mutantsIn = (file: string): readonly SuiteMutant[] =>
  Object.values(require(path.join(__dirname, file)) as Readonly<Record<string, unknown>>)
    .filter((value) => Array.isArray(value))
    .flat();

/** Every mutant of every area: a new file in this folder is found by itself. */
export const readMutants = (): readonly SuiteMutant[] =>
  readdirSync(__dirname)
    .filter((file) => file.endsWith('.ts') && !OWN_FILES.has(file))
    .toSorted()
    .flatMap(mutantsIn);
