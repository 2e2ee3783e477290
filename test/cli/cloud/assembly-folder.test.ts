import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { imagesInUse, replaceAssembly } from '../../../cli/cloud/assembly-folder';
import { tempFolder, writeFiles } from '../support';

const OLD = `asset.${'a'.repeat(64)}`;
const PINNED = `asset.${'b'.repeat(64)}`;
const SAME = `asset.${'c'.repeat(64)}`;
const NEW = `asset.${'d'.repeat(64)}`;

const state = tempFolder();
const [folder, fresh] = [join(state, 'cdk.out'), join(state, 'cdk.out.new')];

beforeAll(() => {
  writeFiles(folder, {
    [`${OLD}/Dockerfile`]: 'old',
    [`${PINNED}/Dockerfile`]: 'pinned',
    [`${SAME}/Dockerfile`]: 'same',
    'manifest.json': '1',
  });
  writeFiles(fresh, { [`${SAME}/Dockerfile`]: 'same', [`${NEW}/Dockerfile`]: 'new', 'manifest.json': '2', 'Stack.template.json': '{}' });
  writeFiles(state, { 'batch/definitions.json': JSON.stringify([{ revision: 1, folder: join(folder, PINNED) }]) });
  replaceAssembly(folder, fresh, imagesInUse(state));
});

test('the assembly is the new one', () => {
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');

  expect([read('manifest.json'), read('Stack.template.json'), read(`${SAME}/Dockerfile`), read(`${NEW}/Dockerfile`)]).toEqual([
    '2',
    '{}',
    'same',
    'new',
  ]);
  expect(existsSync(fresh)).toBe(false);
});

test('an image that a job definition names stays, and others go', () => {
  expect(readFileSync(join(folder, PINNED, 'Dockerfile'), 'utf8')).toBe('pinned');
  expect(existsSync(join(folder, OLD))).toBe(false);
});

test('an assembly that was never replaced before is taken as it is', () => {
  const [first, its] = [join(state, 'first'), join(state, 'first.new')];
  writeFiles(its, { 'manifest.json': '1' });

  replaceAssembly(first, its, () => false);

  expect(readFileSync(join(first, 'manifest.json'), 'utf8')).toBe('1');
});
