import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FileSystem } from 'aws-cdk-lib';
import { bundleSteps, bundleWorker } from '../../lib/bundle';
import { aProject, type Project } from './fixture';

const projects: Project[] = [];
const project = (): Project => {
  const made = aProject({});
  projects.push(made);
  return made;
};
afterAll(() => {
  for (const { remove } of projects) remove();
});

const worker = (from: Project, outdir: string, modules: readonly string[] = []): string =>
  bundleWorker({ root: from.root, jobsFolder: from.jobsFolder, modules }, path.join(from.root, outdir));

test('each step becomes a folder whose index.js exports its handler and holds what it imports', async () => {
  const { root, write } = project();
  write('lambda/plan.ts', "import { word } from '../core/word';\nexport const handler = async () => word;\n");
  write('core/word.ts', "export const word = 'planned';\n");

  const folders = bundleSteps(root, ['plan', 'commit'], path.join(root, 'out'));

  expect(readdirSync(folders.plan)).toEqual(['index.js']);
  await expect(require(path.join(folders.plan, 'index.js')).handler()).resolves.toBe('planned');
  await expect(require(path.join(folders.commit, 'index.js')).handler()).resolves.toBe('commit');
});

test('the same sources give the same bytes, wherever they lie', () => {
  const hashes = [project(), project()].map((each) => [
    FileSystem.fingerprint(bundleSteps(each.root, ['plan'], path.join(each.root, 'out')).plan),
    FileSystem.fingerprint(worker(each, 'image')),
  ]);

  expect(hashes[0]).toEqual(hashes[1]);
});

test('another word in a source gives another hash', () => {
  const changed = project();
  const before = FileSystem.fingerprint(worker(changed, 'a'));
  changed.write('worker/main.ts', 'console.log("rest");\n');

  expect(FileSystem.fingerprint(worker(changed, 'b'))).not.toBe(before);
});

test('the image folder holds the Dockerfile, the manifest, the worker in one file and the jobs folder', () => {
  const each = project();
  each.write('jobs/processors/score.py', 'print(1)\n');

  const folder = worker(each, 'image');

  expect(readdirSync(folder).toSorted()).toEqual(['Dockerfile', 'jobs', 'main.js', 'package.json']);
  expect(readFileSync(path.join(folder, 'jobs/processors/score.py'), 'utf8')).toBe('print(1)\n');
  expect(existsSync(path.join(folder, 'jobs/schemas/any.schema.json'))).toBe(true);
});

test('a TypeScript processor is bundled to the same place as .js, and its source is left behind', () => {
  const each = project();
  each.write('jobs/processors/double.ts', "import { two } from './two';\nexport default (n: number) => n * two;\n");
  each.write('jobs/processors/two.ts', 'export const two = 2;\n');

  const folder = worker(each, 'image', ['processors/double.ts']);

  expect(readdirSync(path.join(folder, 'jobs/processors'))).toEqual(['double.js', 'double.js.map']);
  expect(require(path.join(folder, 'jobs/processors/double.js')).default(21)).toBe(42);
});

test('a processor may import packages, JSON, and what its tsconfig names', () => {
  const each = project();
  each.write('node_modules/twice/package.json', '{ "name": "twice", "module": "index.mjs" }');
  each.write('node_modules/twice/index.mjs', 'export const twice = (n) => 2 * n;\n');
  each.write('jobs/tsconfig.json', '{ "compilerOptions": { "paths": { "#shared/*": ["./shared/*"] } } }');
  each.write('jobs/shared/offset.ts', "import data from './offset.json';\nexport const offset: number = data.offset;\n");
  each.write('jobs/shared/offset.json', '{ "offset": 5 }');
  each.write(
    'jobs/processors/all.ts',
    "import { twice } from 'twice';\nimport { offset } from '#shared/offset';\nexport default (n: number) => twice(n) + offset;\n",
  );

  const folder = worker(each, 'image', ['processors/all.ts']);

  expect(require(path.join(folder, 'jobs/processors/all.js')).default(21)).toBe(47);
});

test('an error in a bundled processor tells its place in the TypeScript', () => {
  const each = project();
  each.write('jobs/processors/deep/throws.ts', "import { fail } from '../fail';\n\nexport const process = (): never => fail();\n");
  each.write('jobs/processors/fail.ts', "export interface Unused {}\n\nexport const fail = (): never => {\n  throw new Error('x');\n};\n");

  const folder = worker(each, 'image', ['processors/deep/throws.ts']);
  const call = `process.setSourceMapsEnabled(true); try { require('./jobs/processors/deep/throws.js').process() } catch (e) { console.log(e.stack) }`;
  const stack = execFileSync(process.execPath, ['-e', call], { cwd: folder, encoding: 'utf8' });

  expect(stack).toContain(path.join(folder, 'jobs/processors/fail.ts:4:9'));
  expect(stack).toContain(path.join(folder, 'jobs/processors/deep/throws.ts:3:'));
});

test('source maps do not tell where the sources or the asset lie', () => {
  const one = project();
  const other = project();
  for (const { write } of [one, other]) write('jobs/processors/double.ts', 'export default (n: number) => 2 * n;\n');

  const hashes = [worker(one, 'image', ['processors/double.ts']), worker(other, 'some/where/else', ['processors/double.ts'])].map(
    (folder) => FileSystem.fingerprint(folder),
  );

  expect(hashes[0]).toBe(hashes[1]);
});

test.each([
  ['a mistake', 'export default = ;\n', /processors\/wrong\.ts:1:15/],
  ['a package that is not installed', "import x from 'no-such-package';\nexport default x;\n", /wrong\.ts:1:14.*no-such-package/s],
])('a processor with %s stops the synth with its file and line', (_, source, message) => {
  const each = project();
  each.write('jobs/processors/wrong.ts', source);

  expect(() => worker(each, 'image', ['processors/wrong.ts'])).toThrow(message);
});

test.each(['.DS_Store', '.git/HEAD', 'node_modules/x/index.js', '__pycache__/score.pyc'])('%s stays out of the image', (file) => {
  const each = project();
  each.write(`jobs/${file}`, 'x');

  expect(existsSync(path.join(worker(each, 'image'), 'jobs', file))).toBe(false);
});

test('native packages are left for the image to install', () => {
  const each = project();
  each.write('worker/main.ts', "import { DuckDBInstance } from '@duckdb/node-api';\nconsole.log(DuckDBInstance);\n");

  expect(readFileSync(path.join(worker(each, 'image'), 'main.js'), 'utf8')).toContain('require("@duckdb/node-api")');
});

test('nothing of an earlier bundle is left in the folder', () => {
  const each = project();
  const outdir = path.join(each.root, 'image');
  mkdirSync(outdir);
  writeFileSync(path.join(outdir, 'stale.js'), '');

  worker(each, 'image');

  expect(existsSync(path.join(outdir, 'stale.js'))).toBe(false);
});

test('a source that does not compile stops the synth with its file and line', () => {
  const { root, write } = project();
  write('lambda/plan.ts', 'export const handler = ;\n');

  expect(() => bundleSteps(root, ['plan'], path.join(root, 'out'))).toThrow(/lambda\/plan\.ts:1:23/);
});
