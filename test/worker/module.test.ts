import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { messagesPrefix } from '../../core/keys';
import { type ARun, withRun } from './a-run';

const PROCESSORS: Readonly<Record<string, string>> = {
  copy: 'module.exports = { process: (record) => record };',
  evens: 'module.exports = { async process(record) { return record.n % 2 === 0 ? { n: record.n, half: record.n / 2 } : null; } };',
  skips: `class SkipRecordError extends Error { constructor(m) { super(m); this.name = 'SkipRecordError'; } }
    module.exports = { default: { process(record) { if (record.n === 2) throw new SkipRecordError('two is bad'); return record; } } };`,
  throws: "module.exports = { process(record) { if (record.n === 3) throw new TypeError('three'); return record; } };",
  endless: "module.exports = { process() { throw new TypeError('é'.repeat(300000)); } };",
  nested: 'module.exports = { process: (record) => [record, [record]] };',
  holes: 'module.exports = { process: (record) => [record, null] };',
  nothing: 'module.exports = { process: () => undefined };',
  lifecycle: `let opened = 0; let closed = 0;
    module.exports = { open() { opened += 1; }, close() { closed += 1; }, process: (record) => ({ n: record.n, opened, closed }) };`,
  context: 'module.exports = { process: (record, { record: number, offset, object }) => ({ number, offset, key: object.key }) };',
  formula: "module.exports = { process: (record) => ({ n: record.n, text: '=1+1', none: null, yes: true }) };",
  widening: 'module.exports = { process: (record) => (record.n > 1 ? { n: 1, extra: 2 } : { n: 1 }) };',
  empty: 'module.exports = { somethingElse: 1 };',
};

const INPUT = { type: 'object', properties: { n: { type: 'integer' }, s: { type: 'string' } }, required: ['n'] };
const FILE = 'n,s\n1,a\n2,\n3,"c,d"\n4,é\n';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'processors-'));
  for (const [name, source] of Object.entries(PROCESSORS)) writeFileSync(path.join(folder, `${name}.js`), source);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = (name: string, output: object = { format: 'jsonl' }, file: string | Buffer = FILE) => ({
  files: [file],
  spec: { input: { prefix: 'incoming/', format: 'csv' }, process: { module: `${name}.ts` }, output },
  schemas: { input: INPUT },
  jobsFolder: folder,
});
const JSONL = "SELECT * FROM read_json(FILES, format = 'newline_delimited')";

test('records are typed, and an empty field is null', async () => {
  await withRun(options('copy'), async (run) => {
    expect(await run.work()).toBe(0);

    await run.publish();
    expect(run.output.text(run.output.keys()[0]!)).toBe('{"n":1,"s":"a"}\n{"n":2,"s":null}\n{"n":3,"s":"c,d"}\n{"n":4,"s":"é"}\n');
  });
});

test('null filters, and a promise is awaited', async () => {
  await withRun(options('evens', { format: 'parquet' }), async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toEqual({ read: 4, written: 2, filtered: 2, quarantined: 0 });
    expect(await run.rows('SELECT * FROM read_parquet(FILES)')).toEqual([
      { n: '2', half: '1' },
      { n: '4', half: '2' },
    ]);
  });
});

test('a skipped record goes to quarantine with the reason that the processor gave', async () => {
  await withRun(options('skips'), async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toEqual({ read: 4, written: 3, filtered: 0, quarantined: 1 });
    expect(await run.quarantined()).toEqual([
      expect.objectContaining({ record: 1, offset: 8, class: 'SKIPPED', reason: 'two is bad', raw: '2,' }),
    ]);
  });
});

test.each([
  ['throws', 70, /threw at record 2 of the chunk \(offset 11 of incoming\/file-0\): TypeError: three \(at throws\.js:1:64\)/],
  ['nested', 70, /answered an array among rows for record 0 .* allowed: one record, an array of records, or null/],
  ['holes', 70, /answered null among rows for record 0/],
  ['nothing', 70, /answered undefined/],
  ['empty', 78, /no processor as its default export/],
  ['missing', 78, /cannot be loaded/],
])('a module that is wrong (%s) fails the chunk by name', async (name, code, message) => {
  await withRun(options(name), async (run) => {
    expect(await run.work()).toBe(code);

    expect(run.complaints()[0]!.failure.message).toMatch(message);
    expect(run.markers()).toEqual([]);
  });
});

test('open and close frame every chunk', async () => {
  await withRun({ ...options('lifecycle'), chunkBytes: 12 }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(await run.rows(JSONL)).toEqual([
      { n: '1', opened: '1', closed: '0' },
      { n: '2', opened: '1', closed: '0' },
      { n: '3', opened: '1', closed: '0' },
      { n: '4', opened: '2', closed: '1' },
    ]);
  });
});

test('the context names the record by number, offset and object', async () => {
  await withRun(options('context'), async (run) => {
    await run.work();

    expect((await run.rows(JSONL))[2]).toEqual({ number: '2', offset: '11', key: 'incoming/file-0' });
  });
});

test('CSV output has a header in each part, and cells that look like formulas are made harmless', async () => {
  await withRun(options('formula', { format: 'csv' }, 'n\n1\n'), async (run) => {
    expect(await run.work()).toBe(0);

    await run.publish();
    expect(run.output.text(run.output.keys()[0]!)).toBe("n,text,none,yes\n1,'=1+1,,true\n");
  });
});

test('a column that appears late in CSV is refused, not lost', async () => {
  await withRun(options('widening', { format: 'csv' }), async (run) => {
    expect(await run.work()).toBe(70);

    expect(run.complaints()[0]!.failure.message).toMatch(/wrote a column "extra", the columns of this CSV are: n/);
  });
});

test('an output record that breaks the output schema is set aside', async () => {
  const output = { type: 'object', properties: { n: { type: 'integer', maximum: 3 }, s: { type: 'string' } }, required: ['n'] };
  await withRun({ ...options('copy', { format: 'parquet' }), schemas: { input: INPUT, output } }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toEqual({ read: 4, written: 3, filtered: 0, quarantined: 1 });
    expect((await run.quarantined())[0]).toMatchObject({ record: 3, class: 'OUTPUT', reason: 'output: column "n" must be <= 3' });
  });
});

test.each([
  ['not of its type', 'x,a', 'TYPE', 'column "n" must be integer'],
  ['out of range', '99999999999999999999,a', 'TYPE', 'column "n" must be integer'],
  ['too few fields', '1', 'PARSE', 'has 1 fields, expected 2'],
  ['too many fields', '1,a,b', 'PARSE', 'has 3 fields, expected 2'],
  ['malformed quotes', '1,"a"b', 'PARSE', 'has malformed quotes'],
  ['a required field left empty', ',a', 'SCHEMA', 'column "n" must be integer'],
])('a record with %s goes to quarantine', async (_name, line, faultClass, reason) => {
  await withRun(options('copy', undefined, `n,s\n1,a\n${line}\n2,b\n`), async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toEqual({ read: 3, written: 2, filtered: 0, quarantined: 1 });
    expect(await run.quarantined()).toEqual([expect.objectContaining({ record: 1, class: faultClass, reason, raw: line })]);
  });
});

test('bytes that are not UTF-8 cost their record only', async () => {
  const file = Buffer.concat([Buffer.from('n,s\n1,'), Buffer.from([0xc3, 0x28]), Buffer.from('\n2,ok\n')]);
  await withRun(options('copy', undefined, file), async (run) => {
    expect(await run.work()).toBe(0);

    expect((await run.quarantined())[0]).toMatchObject({ record: 0, reason: 'is not valid UTF-8', rawBase64: 'MSzDKA==' });
  });
});

test.each([
  ['1.5', 'integer'],
  ['0x1F', 'integer'],
  ['1e3', 'integer'],
  ['NaN', 'number'],
  ['inf', 'number'],
  ['maybe', 'boolean'],
  ['2020-02-30', 'date'],
])('%s is no %s, whether SQL or a function looks', async (text, type) => {
  const property = type === 'date' ? { type: 'string', format: 'date' } : { type };
  const schemas = { input: { type: 'object', properties: { n: property, s: { type: 'string' } }, required: ['n'] } };
  const file = `n,s\n${text},a\n`;
  const verdict = async (run: ARun) => [await run.work(), run.counts(), (await run.quarantined()).map((bad) => bad.class)];
  const byFunction = await withRun({ ...options('copy', undefined, file), schemas }, verdict);
  const bySql = await withRun(
    { files: [file], spec: { ...options('copy').spec, process: { sql: 'SELECT s FROM input' } }, schemas },
    verdict,
  );

  expect(byFunction).toEqual([0, { read: 1, written: 0, filtered: 0, quarantined: 1 }, ['TYPE']]);
  expect(bySql).toEqual(byFunction);
});

test('an error without end is cut in the complaint, and kept whole beside it', async () => {
  await withRun(options('endless'), async (run) => {
    expect(await run.work()).not.toBe(0);

    const [message = ''] = run.complaints().map(({ failure }) => failure.message);
    const [key = ''] = run.state.keys(messagesPrefix(run.plan.runId, 0));
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(2048);
    expect(message).toContain(`all of it is in s3://state/${key})`);
    expect(run.state.text(key)).toContain('é'.repeat(300_000));
  });
});

test('an error of few words leaves no text', async () => {
  await withRun(options('throws'), async (run) => {
    await run.work();

    expect(run.complaints()).toHaveLength(1);
    expect(run.state.keys(messagesPrefix(run.plan.runId, 0))).toEqual([]);
  });
});
