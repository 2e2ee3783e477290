import { loadJobs } from '../../../core/spec/load';

/** A valid spec, section by section; a test replaces the sections it is about. */
const aSpec = (sections: Record<string, string> = {}): string =>
  Object.values({
    name: 'name: orders',
    input: 'input: { prefix: incoming/orders/, format: csv }',
    process: 'process: { sql: SELECT * FROM input }',
    output: 'output: { format: parquet }',
    ...sections,
  })
    .filter((text) => text !== '')
    .join('\n');

const load = (files: Record<string, string>) =>
  loadJobs(
    Object.keys(files).filter((file) => /\.ya?ml$/.test(file)),
    (path) => files[path],
  );

const told = (text: string, others: Record<string, string> = {}) =>
  load({ 'jobs/orders.yaml': text, ...others }).errors.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);

describe('a valid spec', () => {
  test('is returned with its defaults and its file', () => {
    const { jobs, errors } = load({ 'jobs/orders.yaml': aSpec() });

    expect(errors).toEqual([]);
    expect(jobs).toEqual([
      {
        file: 'jobs/orders.yaml',
        schemas: {},
        spec: {
          name: 'orders',
          description: '',
          input: {
            prefix: 'incoming/orders/',
            format: 'csv',
            compression: 'auto',
            encoding: 'utf-8',
            maxExpandedBytes: 1024 ** 3,
            maxExpansionRatio: 200,
            maxRecordBytes: 16 * 1024 ** 2,
          },
          chunk: { bytes: 'auto' },
          process: { sql: 'SELECT * FROM input' },
          output: { format: 'parquet' },
          verify: 'standard',
          errors: { skipLimit: 0, retry: {}, bisect: { maxRecords: 1 }, systemic: '20%' },
          compute: {
            capacity: 'spot',
            architecture: 'arm64',
            vcpu: 'auto',
            memory: 'auto',
            onDemandAfter: 2,
            maxMemory: 30 * 1024 ** 3,
          },
        },
      },
    ]);
  });

  test('brings the JSON Schemas that it names', () => {
    const { jobs } = load({
      'jobs/orders.yaml': aSpec({
        input: 'input: { prefix: a/, format: csv, schema: schemas/in.json }',
        output: 'output: { format: csv, schema: schemas/out.json }',
      }),
      'jobs/schemas/in.json': '{"type":"object","title":"in"}',
      'jobs/schemas/out.json': '{"type":"object","title":"out"}',
    });

    expect(jobs[0]?.schemas).toEqual({ input: { type: 'object', title: 'in' }, output: { type: 'object', title: 'out' } });
  });

  test('may name a module that exists, use anchors, and write sizes for people', () => {
    const text = aSpec({
      process: 'process: { module: processors/a.ts }',
      chunk: 'chunk: { bytes: &size 64MiB }',
      compute: 'compute: { vcpu: 0.5, memory: 1GiB }',
    });

    const { jobs, errors } = load({ 'jobs/orders.yaml': text, 'jobs/processors/a.ts': '' });

    expect(errors).toEqual([]);
    expect(jobs[0]?.spec.chunk.bytes).toBe(64 * 1024 * 1024);
    expect(jobs[0]?.spec.compute).toMatchObject({ vcpu: 0.5, memory: 1024 ** 3 });
  });

  test('may hand whole files to a program, and write durations for people', () => {
    const { jobs, errors } = load({
      'jobs/orders.yaml': aSpec({
        input: 'input: { prefix: a/, format: files }',
        process: 'process: { command: [a], timeout: 1.5m }',
        output: 'output: { format: files }',
        chunk: 'chunk: { files: 20 }',
      }),
    });

    expect(errors).toEqual([]);
    expect(jobs[0]?.spec).toMatchObject({ chunk: { bytes: 'auto', files: 20 }, process: { timeout: 90 } });
  });

  test('parses to itself, so that it can be stored and read back', () => {
    const text = aSpec({ chunk: 'chunk: { bytes: 1.5MB }', errors: 'errors: { skipLimit: 0.1% }', csv: '' });
    const [job] = load({ 'jobs/orders.yaml': text }).jobs;

    const again = load({ 'jobs/orders.yaml': JSON.stringify(job?.spec) });

    expect(again.errors).toEqual([]);
    expect(again.jobs[0]?.spec).toEqual(job?.spec);
  });
});

describe('where an error lies and what it says', () => {
  test.each([
    ['a missing key', { process: '' }, ['1:1 process: missing key "process": expected a section of keys']],
    ['a missing key of a section', { input: 'input:\n  format: csv' }, ['2:1 input.prefix: missing key "prefix": expected text']],
    [
      'an unknown key, with the key that was meant',
      { input: 'input:\n  prefix: a/\n  fromat: csv\n  format: csv' },
      [
        '4:3 input.fromat: unknown key "fromat" (did you mean format?), allowed: prefix, format, csv, schema, compression, encoding, maxExpandedBytes, maxExpansionRatio, maxRecordBytes',
      ],
    ],
    [
      'a record limit that no worker could hold',
      { input: 'input: { prefix: a/, format: csv, maxRecordBytes: 257MiB }' },
      ['2:51 input.maxRecordBytes: expected at most 256.0 MiB, which a worker can hold, received 257.0 MiB'],
    ],
    [
      'an unknown key that is like no other',
      { x: 'zzz: 1' },
      ['5:1 zzz: unknown key "zzz", allowed: name, description, input, chunk, process, output, quality, verify, errors, compute'],
    ],
    ['a key of the prototype', { x: '__proto__: 1' }, [expect.stringContaining('5:1 __proto__: unknown key "__proto__"')]],
    [
      'a wrong word, with the word that was meant',
      { output: 'output: { format: parqet }' },
      ['4:19 output.format: expected parquet, jsonl, csv, avro or files, received "parqet" (did you mean parquet?)'],
    ],
    ['a wrong type', { output: 'output: { format: 5 }' }, ['4:19 output.format: expected parquet, jsonl, csv, avro or files, received 5']],
    ['a section that is a text', { output: 'output: csv' }, ['4:9 output: expected a section of keys, received "csv"']],
    ['a section that is a list', { output: 'output: [1]' }, ['4:9 output: expected a section of keys, received a list']],
    ['a section left empty', { errors: 'errors:' }, ['5:8 errors: expected a section of keys, received nothing']],
    [
      'a size that is none',
      { chunk: 'chunk: { bytes: 64Mb }' },
      ['5:17 chunk.bytes: expected auto or a size of at least one byte such as 64MiB, 1GiB or 500MB, received "64Mb"'],
    ],
    [
      'a size of nothing',
      { chunk: 'chunk: { bytes: 0.0001B }' },
      ['5:17 chunk.bytes: expected auto or a size of at least one byte such as 64MiB, 1GiB or 500MB, received "0.0001B"'],
    ],
    [
      'a share above the whole',
      { errors: 'errors: { skipLimit: 150% }' },
      ['5:22 errors.skipLimit: expected a share from 0% to 100% such as 0.1%, received "150%"'],
    ],
    [
      'a count below nothing',
      { errors: 'errors:\n  skipLimit: -1' },
      ['6:14 errors.skipLimit: expected a number of at least 0, received -1'],
    ],
    [
      'retries of a class that has none',
      { errors: 'errors:\n  retry: { CONFIG: { attempts: 2 } }' },
      [expect.stringMatching(/^6:\d+ errors\.retry.*CONFIG/)],
    ],
    [
      'retries without end',
      { errors: 'errors:\n  retry: { OOM: { attempts: 100 } }' },
      [expect.stringMatching(/^6:\d+ errors\.retry\.OOM\.attempts: .*30/)],
    ],
    [
      'a pause that is none',
      { errors: 'errors:\n  retry: { HOST: { base: soon } }' },
      [expect.stringMatching(/^6:\d+ errors\.retry\.HOST\.base: expected a duration above zero such as 30s, 5m or 1h, received "soon"$/)],
    ],
    [
      'a bisection that is neither off nor sized',
      { errors: 'errors: { bisect: true }' },
      [expect.stringMatching(/^5:\d+ errors\.bisect: expected false or .*received true$/)],
    ],
    [
      'a name in capitals',
      { name: 'name: Orders' },
      [expect.stringMatching(/^1:7 name: expected a lower-case letter.*received "Orders"$/)],
    ],
    ['a name that is not the file', { name: 'name: ordres' }, ['1:7 name: expected the name of the file, "orders", received "ordres"']],
    ['no way to process', { process: 'process: {}' }, ['3:10 process: expected exactly one of sql, module or command, received none']],
    [
      'two ways to process',
      { process: 'process:\n  sql: x\n  command: [a]' },
      ['4:3 process: expected exactly one of sql, module or command, received sql and command'],
    ],
    [
      'a misspelt way to process',
      { process: 'process: { sqll: x }' },
      ['3:12 process.sqll: unknown key "sqll" (did you mean sql?), allowed: sql, module, command'],
    ],
    ['an sql that is empty', { process: 'process: { sql: "" }' }, ['3:17 process.sql: expected text that is not empty, received ""']],
    ['a command that is a text', { process: 'process: { command: a b }' }, ['3:21 process.command: expected a list, received "a b"']],
    [
      'a command of nothing',
      { process: 'process: { command: [] }' },
      ['3:21 process.command: expected a list of at least 1, received an empty list'],
    ],
    ['an argument that is no text', { process: 'process: { command: [a, 5] }' }, ['3:25 process.command[1]: expected text, received 5']],
    [
      'a memory that Fargate does not pair with the cores',
      { compute: 'compute: { vcpu: 1, memory: 1GiB }' },
      ['5:29 compute.memory: 1024 MiB is not legal with 1 vCPU on Fargate, allowed: 2048, 3072, 4096, 5120, 6144, 7168, 8192 MiB'],
    ],
    [
      'a core count that Fargate does not have',
      { compute: 'compute: { vcpu: 3 }' },
      ['5:18 compute.vcpu: 3 vCPU is no Fargate size, allowed: 0.25, 0.5, 1, 2, 4, 8, 16'],
    ],
    [
      'an encoding of a format that is no text',
      { input: 'input: { prefix: a/, format: parquet, encoding: latin1 }' },
      ['2:49 input.encoding: encoding is for the formats csv, tsv, jsonl, received format "parquet"'],
    ],
    [
      'a compression that the format does not have',
      { output: 'output: { format: jsonl, compression: snappy }' },
      ['4:39 output.compression: expected gzip, zstd or none for jsonl, received "snappy"'],
    ],
    [
      'a prefix that starts with a slash',
      { input: 'input: { prefix: /a/, format: csv }' },
      ['2:18 input.prefix: expected a key prefix that ends with / and does not start with it, received "/a/"'],
    ],
    [
      'a prefix that is kept for requests',
      { input: 'input: { prefix: requests/orders/, format: csv }' },
      ['2:18 input.prefix: expected a prefix outside requests/, which is kept for files handed to run, received "requests/orders/"'],
    ],
    [
      'a dialect for a format that has none',
      { input: 'input: { prefix: a/, format: jsonl, csv: { header: false } }' },
      ['2:42 input.csv: csv is for the formats csv and tsv, received format "jsonl"'],
    ],
    [
      'a delimiter that is the quote',
      { input: 'input: { prefix: a/, format: csv, csv: { delimiter: "|", quote: "|" } }' },
      ['2:40 input.csv: delimiter and quote must differ, both are "|"'],
    ],
    [
      'a tsv whose delimiter is no tab',
      { input: 'input: { prefix: a/, format: tsv, csv: { quote: "x" } }' },
      [expect.stringMatching(/^2:40 input\.csv: the delimiter of tsv is a tab, received ","/)],
    ],
    [
      'a delimiter of two characters',
      { input: 'input: { prefix: a/, format: csv, csv: { delimiter: "||" } }' },
      ['2:53 input.csv.delimiter: expected one character that is no line break, received "||"'],
    ],
    [
      'a key that belongs to another way to process',
      { process: 'process: { sql: x, timeout: 5m }' },
      ['3:20 process.timeout: unknown key "timeout", allowed: sql, lookups'],
    ],
    [
      'a duration that is none',
      { process: 'process: { command: [a], timeout: 5min }' },
      ['3:35 process.timeout: expected a duration above zero such as 30s, 5m or 1h, received "5min"'],
    ],
    [
      'a misspelt key beside a command',
      { process: 'process: { command: [a], timeot: 5m }' },
      ['3:26 process.timeot: unknown key "timeot" (did you mean timeout?), allowed: command, timeout'],
    ],
    [
      'files for a query',
      { input: 'input: { prefix: a/, format: files }', output: 'output: { format: files }' },
      ['3:10 process: input.format files hands whole files to a program: expected a command, received sql'],
    ],
    [
      'files that become rows, with schemas and a compression',
      {
        input: 'input: { prefix: a/, format: files, compression: gzip, schema: s.json }',
        process: 'process: { command: [a] }',
        output: 'output: { format: jsonl, schema: s.json }',
      },
      [
        '2:50 input.compression: files are handed on as they are: expected auto or none, received "gzip"',
        '2:64 input.schema: files have no records, so no schema: received "s.json"',
        '4:19 output.format: expected files, as input.format is files, received "jsonl"',
        '4:34 output.schema: files have no records, so no schema: received "s.json"',
      ],
    ],
    [
      'rows that become files, and a number of files for records',
      { output: 'output: { format: files }', chunk: 'chunk: { files: 5 }' },
      [
        '4:19 output.format: files is for input.format files, received input.format "csv"',
        '5:17 chunk.files: chunk.files is for input.format files, received input.format "csv"',
      ],
    ],
    [
      'avro without a schema',
      { output: 'output: { format: avro }' },
      ['4:1 output.schema: avro is written by a schema: expected the path of the JSON Schema of an output record, received nothing'],
    ],
    [
      'options of other formats',
      { output: 'output: { format: jsonl, rowGroupSize: 5000, csv: { header: false } }' },
      [
        '4:40 output.rowGroupSize: rowGroupSize is for the format parquet, received format "jsonl"',
        '4:51 output.csv: csv is for the format csv, received format "jsonl"',
      ],
    ],
    [
      'a delimiter that quotes, and a row group of few rows',
      { output: 'output: { format: csv, csv: { delimiter: "|||" } }' },
      ['4:42 output.csv.delimiter: expected one ASCII character that is no line break, received "|||"'],
    ],
    [
      'a row group of few rows',
      { output: 'output: { format: parquet, rowGroupSize: 5 }' },
      ['4:42 output.rowGroupSize: expected a number of at least 2048, received 5'],
    ],
    [
      'partitions by one column twice, and a limit on none',
      { output: 'output: { format: csv, partitionBy: [a, a] }' },
      ['4:37 output.partitionBy: expected each column once, received "a" twice'],
    ],
    [
      'a limit on partitions that are not there',
      { output: 'output: { format: csv, maxPartitions: 5 }' },
      ['4:39 output.maxPartitions: maxPartitions is for partitionBy, which is not there, received 5'],
    ],
    [
      'a quality rule of no kind, of two, and of none that is complete',
      { quality: 'quality: [{ name: x }, { rows: ">= 1", unique: a }, { column: a }, { sql: SELECT 1 }]' },
      [
        '5:11 quality[0]: expected exactly one of column, rows, unique or sql, received none',
        '5:24 quality[1]: expected exactly one of column, rows, unique or sql, received rows and unique',
        '5:63 quality[2].column: column says what is looked at, not what it must be: expected notNull, min or max beside it',
        '5:75 quality[3].sql: sql says what is looked at, not what it must be: expected equals, min or max beside it',
      ],
    ],
    [
      'quality rules that say too much or the impossible',
      {
        quality:
          'quality: [{ column: a, min: 5, max: 1 }, { rows: at least 1 }, { rows: "> 1", scope: run }, { sql: S, min: a }, { colum: a }]',
      },
      [
        '5:37 quality[0].max: expected at least the minimum, 5, received 1',
        '5:50 quality[1].rows: expected a comparison such as >= 1, < 1000 or = 5, received "at least 1"',
        '5:86 quality[2].scope: scope does not go with rows',
        '5:108 quality[3].min: expected a number, received "a"',
        '5:113 quality[4]: expected exactly one of column, rows, unique or sql, received none',
        '5:115 quality[4].colum: unknown key "colum" (did you mean column?), allowed: name, severity, column, notNull, min, max, rows, unique, scope, sql, equals, fold',
      ],
    ],
    [
      'more files than the record of a chunk should list',
      {
        input: 'input: { prefix: a/, format: files }',
        process: 'process: { command: [a] }',
        output: 'output: { format: files }',
        chunk: 'chunk: { files: 1001 }',
      },
      ['5:17 chunk.files: expected at most 1000, so that the record of a chunk stays small, received 1001'],
    ],
  ])('%s', (_, sections, expected) => {
    expect(told(aSpec(sections), { 'jobs/s.json': '{"type":"object"}' })).toEqual(expected);
  });
});

describe('broken yaml', () => {
  test.each([
    ['nested in one line', 'name: orders\ninput: x: y', /^2:8 : broken yaml: nested mappings/],
    ['a tag that nobody knows', 'name: !secret orders', /^1:7 : broken yaml: unresolved tag: !secret/],
    ['an unclosed quote', 'name: "orders', /^1:14 : broken yaml: missing closing "quote/],
    ['a tab as indentation', 'input:\n\tprefix: a/', /^2:\d : broken yaml: /],
    ['a key given twice', 'name: a\nname: b', /^2:1 : broken yaml: map keys must be unique/],
    ['a key that is no text', '? [a]\n: b', /^1:\d : broken yaml: with stringKeys/],
    ['two documents', 'name: a\n---\nname: b', /^2:1 : broken yaml: source contains multiple documents/],
    ['an alias of nothing', 'name: *a', /broken yaml: unresolved alias/],
    [
      'aliases that multiply',
      'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]',
      /^1:1 : broken yaml: excessive alias count/,
    ],
  ])('%s', (_, text, expected) => {
    expect(told(text)[0]).toMatch(expected);
  });

  test.each([
    ['an empty file', '', '1:1 : expected a section of keys, received nothing'],
    ['only a comment', '# later\n', '1:1 : expected a section of keys, received nothing'],
    ['a list', '- a', '1:1 : expected a section of keys, received a list'],
  ])('%s is no spec', (_, text, expected) => {
    expect(told(text)).toEqual([expected]);
  });

  test('windows line ends and a byte order mark do not move the position', () => {
    expect(told(`\uFEFF${aSpec({ output: 'output: { format: 5 }' }).replaceAll('\n', '\r\n')}`)[0]).toMatch(/^4:19 output\.format/);
  });

  test('an alias is shown where it is used', () => {
    expect(told(aSpec({ process: 'process: { sql: &x parqet }', output: 'output:\n  format: *x' }))).toEqual([
      '5:11 output.format: expected parquet, jsonl, csv, avro or files, received "parqet" (did you mean parquet?)',
    ]);
  });
});

describe('files that a spec names', () => {
  const withSchema = aSpec({ input: 'input:\n  prefix: a/\n  format: csv\n  schema: s.json' });

  test.each([
    ['is missing', undefined, 'no such file: jobs/s.json'],
    ['is no json', '{"type": }', /^s\.json is no json: Unexpected token/],
    ['is no object', '[]', 's.json is no JSON Schema: expected an object'],
    ['is null', 'null', 's.json is no JSON Schema: expected an object'],
    ['describes a list', '{"type":"array"}', 's.json must describe an object: expected "type": "object", received "array"'],
    ['has no type', '{}', 's.json must describe an object: expected "type": "object", received nothing'],
  ])('a schema that %s is told in the line that names it', (_, content, message) => {
    const { errors } = load({ 'jobs/orders.yaml': withSchema, ...(content !== undefined && { 'jobs/s.json': content }) });

    expect(errors).toEqual([
      { file: 'jobs/orders.yaml', line: 5, column: 11, path: 'input.schema', message: expect.stringMatching(message) },
    ]);
  });

  test.each([
    ['is missing', 'processors/a.ts', 'no such file: jobs/processors/a.ts'],
    ['is no source file', 'processors/a.py', 'expected a TypeScript or JavaScript file, received "processors/a.py"'],
    ['lies above the folder', '../a.ts', 'expected a path inside the folder of the spec, received "../a.ts"'],
    ['hides its way up', 'x/../../a.ts', 'expected a path inside the folder of the spec, received "x/../../a.ts"'],
    ['is absolute', '/etc/a.ts', 'expected a path inside the folder of the spec, received "/etc/a.ts"'],
    ['is on another drive', 'C:\\a.ts', 'expected a path inside the folder of the spec, received "C:\\a.ts"'],
  ])('a module that %s', (_, module, message) => {
    expect(told(aSpec({ process: `process: { module: '${module}' }` }))).toEqual([`3:20 process.module: ${message}`]);
  });

  test('are checked even where the rest of the spec is wrong', () => {
    expect(told(aSpec({ process: 'process: { module: a.ts }', output: 'output: { format: x }' }))).toEqual([
      '3:20 process.module: no such file: jobs/a.ts',
      '4:19 output.format: expected parquet, jsonl, csv, avro or files, received "x"',
    ]);
  });
});

describe('several files', () => {
  const job = (name: string, prefix: string) => aSpec({ name: `name: ${name}`, input: `input: { prefix: ${prefix}, format: csv }` });

  test('all errors of all files are told, in the order of the lines', () => {
    const { jobs, errors } = load({
      'jobs/a.yaml': 'name: [',
      'jobs/b.yaml': job('c', 'b/').replace('parquet', 'x'),
      'jobs/d.yaml': job('d', 'd/'),
    });

    expect(errors.map(({ file, path }) => `${file} ${path}`)).toEqual([
      expect.stringContaining('jobs/a.yaml'),
      'jobs/b.yaml output.format',
    ]);
    expect(jobs.map(({ spec }) => spec.name)).toEqual(['d']);
  });

  test.each([
    ['the same prefix', 'in/x/', 'in/x/'],
    ['a prefix below the other', 'in/', 'in/x/'],
    ['a prefix above the other', 'in/x/', 'in/'],
  ])('%s would start two runs, so the later job is refused', (_, first, second) => {
    const { jobs, errors } = load({ 'jobs/a.yaml': job('a', first), 'jobs/b.yaml': job('b', second) });

    expect(jobs.map(({ spec }) => spec.name)).toEqual(['a']);
    expect(errors).toEqual([
      {
        file: 'jobs/b.yaml',
        line: 2,
        column: 18,
        path: 'input.prefix',
        message: `"${second}" and "${first}" of jobs/a.yaml overlap: one file would start two runs`,
      },
    ]);
  });

  test('prefixes that only begin alike are two', () => {
    expect(load({ 'jobs/a.yaml': job('a', 'in/x/'), 'jobs/b.yaml': job('b', 'in/xy/') }).errors).toEqual([]);
  });

  test('a name taken in another folder is refused', () => {
    const { errors } = load({ 'one/a.yaml': job('a', 'x/'), 'two/a.yaml': job('a', 'y/') });

    expect(errors.map(({ file, path, message }) => [file, path, message])).toEqual([
      ['two/a.yaml', 'name', 'the name "a" is taken by one/a.yaml'],
    ]);
  });

  test('a file that does not exist, and one that does not end in .yaml, are told', () => {
    const { errors } = loadJobs(['jobs/gone.yaml', 'jobs/a.yml'], (path) => (path.endsWith('.yml') ? job('a', 'x/') : undefined));

    expect(errors.map(({ message }) => message)).toEqual([
      'no such file: jobs/gone.yaml',
      'a job spec is a file <name>.yaml, received a.yml',
    ]);
  });

  test('no files are no jobs and no errors', () => {
    expect(loadJobs([], () => undefined)).toEqual({ jobs: [], errors: [] });
  });
});

describe('an output schema and the section that names it', () => {
  const OUTPUT = JSON.stringify({
    type: 'object',
    properties: { a: { type: 'string' }, 'b c': { type: 'number', format: 'decimal(50,2)' }, d: { type: 'array' } },
  });

  test.each([
    [
      '{ format: parquet, schema: s.json, partitionBy: [x, d] }',
      [
        '4:36 output.schema: column "b c": expected a format such as decimal(18,2) of up to 38 digits, received "decimal(50,2)"',
        '4:58 output.partitionBy[0]: expected a column of output.schema (a, b c, d), received "x"',
        '4:61 output.partitionBy[1]: expected a column of text, numbers or booleans, "d" is of type array',
      ],
    ],
    [
      '{ format: parquet, schema: s.json, partitionBy: [a, b c, d] }',
      [
        '4:36 output.schema: column "b c": expected a format such as decimal(18,2) of up to 38 digits, received "decimal(50,2)"',
        '4:57 output.partitionBy: expected a column of output.schema to be left for the files, received all of them',
        '4:66 output.partitionBy[2]: expected a column of text, numbers or booleans, "d" is of type array',
      ],
    ],
    [
      '{ format: avro, schema: s.json }',
      [
        '4:33 output.schema: column "b c": expected a format such as decimal(18,2) of up to 38 digits, received "decimal(50,2)"',
        '4:33 output.schema: the column "b c" has no name that Avro allows: expected letters, digits and _, not a digit first',
      ],
    ],
  ])('%s', (output, expected) => {
    expect(told(aSpec({ output: `output: ${output}` }), { 'jobs/s.json': OUTPUT })).toEqual(expected);
  });
});

describe('lookups of a query', () => {
  const withLookups = (lookups: string): string => aSpec({ process: `process: { sql: FROM input, lookups: { ${lookups} } }` });
  const AIRPORTS = { 'jobs/lookups/airports.csv': 'iata\n' };

  test('may be files of the jobs folder and objects', () => {
    const spec = withLookups('airports: lookups/airports.csv, planes: "s3://shared-data/a b/planes.parquet"');
    expect(told(spec, AIRPORTS)).toEqual([]);
  });

  test.each([
    ['name', 'a-b: lookups/airports.csv', 'a-b: expected a name of letters, digits and _ that begins with no digit, received "a-b"'],
    ['taken name', 'Input: lookups/airports.csv', 'Input: the name "input" is taken by the records themselves'],
    ['name twice', 'x: lookups/airports.csv, X: lookups/airports.csv', 'X: "X" and "x" are one name in SQL'],
    [
      'ending',
      'x: lookups/airports.xls',
      'x: expected a file that ends with .csv, .tsv, .jsonl, .parquet, received "lookups/airports.xls"',
    ],
    ['URI', 'x: "s3:/airports.csv"', 'x: expected s3://bucket/key, received "s3:/airports.csv"'],
    ['bucket', 'x: "s3://A/airports.csv"', 'x: expected s3://bucket/key, received "s3://A/airports.csv"'],
    ['file', 'x: lookups/gone.csv', 'x: no such file: jobs/lookups/gone.csv'],
    ['place', 'x: ../airports.csv', 'x: expected a path inside the folder of the spec, received "../airports.csv"'],
  ])('are refused for their %s', (_what, lookups, message) => {
    expect(told(withLookups(lookups), { ...AIRPORTS, 'jobs/lookups/airports.xls': '' }).join('\n')).toContain(`process.lookups.${message}`);
  });

  test.each(['s3://bucket/*.csv', 's3://bucket/a?.csv', `s3://bucket/$${'{'}aws:username}.csv`])(
    'that permissions would take for a pattern are refused: %s',
    (uri) => {
      expect(told(withLookups(`x: "${uri}"`)).join()).toContain('which permissions would take for a pattern');
    },
  );

  test('belong to a query only', () => {
    expect(told(aSpec({ process: 'process: { command: [a], lookups: {} }' })).join()).toContain('unknown key "lookups"');
  });
});

describe('quality rules and the output schema', () => {
  const OUTPUT = '{"type":"object","properties":{"a":{}}}';
  const quality = 'quality: [{ column: b, min: 1 }, { unique: [a, c] }, { unique: a, scope: chunk }]';
  const module = 'process: { module: a.ts }';
  const files = { 'jobs/s.json': OUTPUT, 'jobs/a.ts': '' };

  test('a module writes what the schema says, so rules about other columns are mistakes', () => {
    expect(told(aSpec({ process: module, output: 'output: { format: csv, schema: s.json }', quality }), files)).toEqual([
      '5:11 quality[0]: expected a column of output.schema (a), received "b"',
      '5:34 quality[1]: expected a column of output.schema (a), received "c"',
    ]);
  });

  test('without a schema no keys can be told apart over a run', () => {
    expect(told(aSpec({ process: module, output: 'output: { format: csv }', quality }), files)).toEqual([
      '5:34 quality[1]: keys that are unique over a run need a type that is the same in every chunk: name output.schema, or write scope: chunk',
    ]);
  });

  test('a query names its own columns', () => {
    expect(told(aSpec({ quality }))).toEqual([]);
  });
});
