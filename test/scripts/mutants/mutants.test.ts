import { existsSync } from 'node:fs';
import path from 'node:path';
import { MUTANTS as MODEL_MUTANTS } from '../../../scripts/chaos/model/mutants';
import { readMutants } from '../../../scripts/mutants/index';
import type { SuiteMutant } from '../../../scripts/mutants/mutant';
import { mutate, ROOT } from '../../../scripts/mutants/tree';

/** Whether the mutants die is for `npm run mutants`; that they still fit the sources is checked here. */

const MUTANTS = readMutants();

/** A test file, with its ending or without, or a folder of them. */
const hasTests = (pattern: string): boolean => ['', '.ts', '.test.ts'].some((ending) => existsSync(path.join(ROOT, `${pattern}${ending}`)));

test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('"%s" still fits the sources', (_, mutant) => {
  expect(mutate(mutant, ROOT).size).toBeGreaterThan(0);
  for (const pattern of mutant.tests) expect([pattern, hasTests(pattern)]).toEqual([pattern, true]);
});

test.each(MODEL_MUTANTS.map(({ name, edits }) => [name, edits] as const))('"%s" of the model still fits the sources', (name, edits) => {
  expect(mutate({ name, edits, hole: 0, tests: [] }, ROOT).size).toBeGreaterThan(0);
});

test('no two mutants have one name', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});

test.each([
  ['a text that is not there', 'no such text', /occurs 0 times/],
  ['a text that is there twice', 'import', /occurs \d+ times .*, expected 1/],
])('%s is refused', (_, from, message) => {
  const mutant: SuiteMutant = { name: 'm', hole: 0, edits: [{ file: 'lambda/commit.ts', from, to: '' }], tests: [] };

  expect(() => mutate(mutant, ROOT)).toThrow(message);
});
