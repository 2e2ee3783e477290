import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { aSpec, batchwright, tempFolder, writeFiles } from '../support';

const ROOT = path.join(__dirname, '../../..');
const cwd = tempFolder();
const spec = (name: string): string => `name: ${name}
input: { prefix: incoming/${name}/, format: csv, schema: schemas/in.json }
process: { module: processors/${name}.ts }
output: { format: jsonl, schema: schemas/out.json }
`;
const schema = (properties: object, required: readonly string[]): string => JSON.stringify({ type: 'object', properties, required });

writeFiles(cwd, {
  'jobs/orders.yaml': spec('orders'),
  'jobs/report.yaml': aSpec('report'),
  'jobs/schemas/in.json': schema({ id: { type: 'integer' }, amount: { type: 'number' } }, ['id']),
  'jobs/schemas/out.json': schema({ id: { type: 'integer' }, gross: { type: 'number' } }, ['id', 'gross']),
  'jobs/processors/orders.ts': 'export default 1;\n',
  'bad/orders.yaml': 'name: clients\n',
});
const file = path.join(cwd, 'jobs/types/orders.d.ts');

test('--check fails while a file is missing or stale, and writes nothing', async () => {
  const { code, out } = await batchwright(['types', '--check'], { cwd });

  expect({ code, out }).toEqual({ code: 1, out: 'jobs/types/orders.d.ts  stale\n1 file stale: run npx batchwright types\n' });
  expect(existsSync(file)).toBe(false);
});

test('types are written for every job whose process is a module, once', async () => {
  const first = await batchwright(['types', '--json'], { cwd });
  const second = await batchwright(['types'], { cwd });

  expect([first.code, second.code]).toEqual([0, 0]);
  expect(JSON.parse(first.out)).toEqual({ ok: true, files: [{ job: 'orders', file: 'jobs/types/orders.d.ts', state: 'written' }] });
  expect(second.out).toBe('jobs/types/orders.d.ts  unchanged\n1 job typed\n');
  expect((await batchwright(['types', '--check'], { cwd })).code).toBe(0);
});

test('a schema that has changed makes its types stale', async () => {
  writeFileSync(file, `${readFileSync(file, 'utf8')}\n`);

  expect((await batchwright(['types', '--check', '--json'], { cwd })).code).toBe(1);
  expect((await batchwright(['types', 'orders'], { cwd })).out).toContain('written');
});

test('a job by name has types, whatever its process', async () => {
  expect((await batchwright(['types', 'report'], { cwd })).code).toBe(0);
  expect(readFileSync(path.join(cwd, 'jobs/types/report.d.ts'), 'utf8')).toContain('Readonly<Record<string, string | null>>');
});

test('an unknown job and a bad spec are usage errors', async () => {
  expect((await batchwright(['types', 'odrers'], { cwd })).err).toContain('did you mean orders?');
  expect((await batchwright(['types', '--jobs', 'bad'], { cwd })).code).toBe(2);
});

/** What the compiler says about a processor of the orders job. */
async function compile(name: string, body: string): Promise<string> {
  const processor = path.join(cwd, 'jobs/processors', `${name}.ts`);
  const imports = `import type { Input, Output } from '../types/orders';\nimport { defineProcessor } from '${path.join(ROOT, 'worker/processor')}';\n`;
  writeFileSync(processor, `${imports}export default defineProcessor<Input, Output>(${body});\n`);
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2023', '--module', 'preserve', '--types', 'node'];
  const tsc = path.join(ROOT, 'node_modules/.bin/tsc');
  const typeRoots = ['--typeRoots', path.join(ROOT, 'node_modules/@types')];
  return promisify(execFile)(tsc, [...options, ...typeRoots, '--ignoreConfig', processor], { cwd }).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  );
}

test.each([
  ['one', '{ process: ({ id, amount }) => ({ id, gross: (amount ?? 0) * 1.2 }) }'],
  ['several', '{ process: ({ id }) => [{ id, gross: 1 }, { id, gross: 2 }] }'],
  ['none', '{ process: () => null }'],
  ['async', "{ concurrency: 4, async process({ id }, { count }) { count('calls'); return id > 1 ? { id, gross: 1 } : null; } }"],
])('a processor that answers %s compiles against its types', async (name, body) => {
  expect(await compile(name, body)).toBe('');
});

test.each([
  ['a column that there is not', '{ process: ({ di }) => ({ id: di, gross: 1 }) }', /Property 'di' does not exist/],
  ['an amount that may be missing', '{ process: ({ id, amount }) => ({ id, gross: amount * 1.2 }) }', /'amount' is possibly/],
  ['a row without a required column', '{ process: ({ id }) => ({ id }) }', /gross/],
])('%s does not compile', async (_, body, message) => {
  expect(await compile('wrong', body)).toMatch(message);
});

test("the examples' types are what their schemas say", async () => {
  expect((await batchwright(['types', '--check'], { cwd: ROOT })).out).toContain('jobs/types/birdstrikes.d.ts  unchanged');
});
