import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { INDEX_BYTES, KEY_BYTES } from '../../core/commit/unique-keys';
import { sharedKeys } from '../../lambda/shared/shared-keys';
import { withRun } from './a-run';

const SCHEMA = {
  type: 'object',
  properties: { id: { type: 'integer' }, part: { type: 'string' }, amount: { type: 'number' }, day: { type: 'string', format: 'date' } },
  required: ['id'],
};
const FILE = [
  { id: 1, part: 'a', amount: 5, day: '2020-01-01' },
  { id: 2, part: 'b', amount: -1, day: '2020-01-02' },
  { id: 2, part: 'a', amount: null, day: '2019-12-31' },
  { id: 3, part: null, amount: 101.5, day: null },
]
  .map((row) => `${JSON.stringify(row)}\n`)
  .join('');

const RULES = [
  { column: 'amount', notNull: true },
  { column: 'amount', min: 0, max: 100 },
  { column: 'day', min: '2020-01-01' },
  { rows: '>= 1' },
  { unique: 'id' },
  { unique: ['id', 'part'], scope: 'chunk' },
  { sql: 'SELECT count(*) FROM output WHERE amount > 1;', equals: 2 },
  { sql: 'SELECT max(amount) FROM output', max: 200, fold: 'max' },
];
const FOUND = [
  { rule: 0, rows: 4, violations: 1 },
  { rule: 1, rows: 4, violations: 2, example: expect.stringMatching(/^-1(\.0)?$/) },
  { rule: 2, rows: 4, violations: 1, example: '2019-12-31' },
  { rule: 4, rows: 4, violations: 1, keys: { key: expect.stringMatching(/quality\/0000000\..*\.4\.bin$/), count: 3 } },
  { rule: 5, rows: 4, violations: 0 },
  { rule: 6, rows: 4, value: 2 },
  { rule: 7, rows: 4, value: 101.5 },
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'quality-'));
  writeFileSync(path.join(folder, 'copy.js'), 'module.exports = { process: (record) => record };');
  writeFileSync(path.join(folder, 'copy.sh'), 'while read -r line; do printf \'{"ok": %s}\\n\' "$line"; done');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PROCESSES = { SQL: { sql: 'FROM input' }, module: { module: 'copy.ts' }, command: { command: ['sh', 'copy.sh'] } } as const;
type ProcessName = keyof typeof PROCESSES;

const options = (process: ProcessName, output: object, quality: readonly object[] = RULES, file = FILE) => ({
  files: [file],
  spec: { input: { prefix: 'in/', format: 'jsonl' }, process: PROCESSES[process], output: { schema: 's.json', ...output }, quality },
  schemas: { input: SCHEMA, output: SCHEMA },
  jobsFolder: folder,
});

const OUTPUTS = [
  { format: 'parquet' },
  { format: 'jsonl', compression: 'gzip' },
  { format: 'csv' },
  { format: 'avro' },
  { format: 'parquet', partitionBy: ['part'] },
  { format: 'csv', partitionBy: ['part', 'day'] },
];

test.each((Object.keys(PROCESSES) as ProcessName[]).flatMap((name) => OUTPUTS.map((output) => [name, output] as const)))(
  'rules over what %s wrote as %j find the same',
  async (name, output) => {
    await withRun(options(name, output), async (run) => {
      expect([await run.work(), run.complaints()]).toEqual([0, []]);

      expect(run.marker().quality).toEqual(FOUND);
      const { key } = run.marker().quality?.[3]?.keys ?? { key: '' };
      expect((await run.state.read(key)).length).toBe(INDEX_BYTES + 3 * KEY_BYTES);
    });
  },
);

test.each([
  ['a column that is not there', { column: 'nope', min: 1 }, /^quality\[0\]: .*"nope"/],
  ['a limit of another type', { column: 'amount', min: 'x' }, /^quality\[0\]: .*Conversion Error/s],
  ['a query of two rows', { sql: 'SELECT id FROM output', max: 1 }, /^quality\[0\]: expected one number, received 4 rows/],
  ['a query without an answer', { sql: 'SELECT NULL', max: 1 }, /^quality\[0\]: expected one number, received 1 rows/],
  ['two queries', { sql: 'SELECT 1; SELECT 2', max: 1 }, /^quality\[0\]: expected exactly one SELECT/],
  ['a query over the input', { sql: 'SELECT count(*) FROM input', max: 9 }, /^quality\[0\]: .*input/],
  ['a query that writes', { sql: "COPY (SELECT 1) TO '/tmp/x'", max: 9 }, /^quality\[0\]: .*Permission Error/],
])('a rule with %s fails the run as its own', async (_name, rule, message) => {
  for (const name of ['SQL', 'module'] as const) {
    await withRun(options(name, { format: 'parquet' }, [rule]), async (run) => {
      expect(await run.work()).toBe(78);

      expect(run.complaints()[0]?.failure.message).toMatch(message);
    });
  }
});

test('a chunk without rows is not looked at', async () => {
  await withRun(
    {
      ...options('SQL', { format: 'parquet' }),
      spec: { ...options('SQL', { format: 'parquet' }).spec, process: { sql: 'FROM input WHERE id > 9' } },
    },
    async (run) => {
      expect([await run.work(), run.complaints()]).toEqual([0, []]);

      expect(run.marker()).toMatchObject({ counts: { written: 0 }, parts: [{ rows: 0 }] });
      expect(run.marker().quality).toBeUndefined();
    },
  );
});

test('keys that different chunks share are found, by their text, and rows without a key are not compared', async () => {
  const ids = [1, 2, 3, 4, 2, 5, 1, 6, 1, null, null];
  const file = ids.map((id) => `{"id":${id}}\n`).join('');
  const schema = { type: 'object', properties: { id: { type: 'integer' } } };
  const run = { ...options('SQL', { format: 'parquet' }, [{ rows: '> 0' }, { unique: 'id' }], file), chunkBytes: 25 };
  await withRun({ ...run, schemas: { input: schema, output: schema } }, async (one) => {
    expect([await one.work(), one.complaints()]).toEqual([0, []]);

    const markers = new Map(one.markers().map((marker) => [marker.chunk, marker]));
    expect(markers.size).toBeGreaterThan(3);
    const within = one.markers().reduce((sum, { quality }) => sum + (quality?.[0]?.violations ?? 0), 0);
    const shared = await sharedKeys(one.state, one.plan.config.spec.quality ?? [], { leaves: one.chunks, markers });
    expect(within + (shared.get(1) ?? 0)).toBe(3);
  });
});
