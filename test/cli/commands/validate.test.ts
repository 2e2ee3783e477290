import { aSpec, batchwright, tempFolder, writeFiles } from '../support';

const cwd = tempFolder();
writeFiles(cwd, {
  'good/orders.yaml': aSpec('orders'),
  'good/clients.yaml': aSpec('clients'),
  'bad/orders.yaml': aSpec('orders', 'errors: { skipLimt: 5 }'),
  'bad/clients.yaml': aSpec('clients'),
  'bad/notes.txt': 'no spec',
  'short/a.yml': aSpec('a'),
  'empty/readme.md': '',
});

test('valid specs are named, with exit code 0', async () => {
  const { code, out, err } = await batchwright(['validate', '--jobs', 'good'], { cwd });

  expect({ code, out, err }).toEqual({ code: 0, out: '2 jobs valid: clients, orders\n', err: '' });
});

test('an error is shown with file, line, column and key, with exit code 2', async () => {
  const { code, out } = await batchwright(['validate', '--jobs', 'bad'], { cwd });

  expect(code).toBe(2);
  expect(out).toBe(
    'error: bad/orders.yaml:5:11 errors.skipLimt: unknown key "skipLimt" (did you mean skipLimit?), allowed: skipLimit, retry, bisect, systemic\n1 error\n',
  );
});

test('programs get the same as JSON', async () => {
  const { code, out } = await batchwright(['validate', '--jobs', 'bad', '--json'], { cwd });

  expect(code).toBe(2);
  expect(JSON.parse(out)).toEqual({
    ok: false,
    errors: [{ file: 'bad/orders.yaml', line: 5, column: 11, path: 'errors.skipLimt', message: expect.stringContaining('did you mean') }],
  });
});

test('a job by name is judged alone', async () => {
  expect(await batchwright(['validate', 'clients', '--jobs', 'bad', '--json'], { cwd })).toMatchObject({
    code: 0,
    out: '{\n  "ok": true,\n  "errors": []\n}\n',
  });
});

test.each([
  [
    'an unknown job',
    ['validate', 'ordes', '--jobs', 'good'],
    'error: unknown job "ordes" (did you mean orders?), allowed: clients, orders\n',
  ],
  ['an unknown folder', ['validate', '--jobs', 'gone'], 'error: no such folder of job specs: gone\n'],
  ['a folder that is a file', ['validate', '--jobs', 'bad/notes.txt'], 'error: no such folder of job specs: bad/notes.txt\n'],
  ['a folder without specs', ['validate', '--jobs', 'empty'], 'error: no job specs in empty: expected at least one <name>.yaml\n'],
])('%s is told on stderr, with exit code 2', async (_, argv, message) => {
  expect(await batchwright(argv, { cwd })).toEqual({ code: 2, out: '', err: message });
});

test('a spec that the deployment would not see is refused rather than overlooked', async () => {
  const { code, out } = await batchwright(['validate', '--jobs', 'short'], { cwd });

  expect(code).toBe(2);
  expect(out).toContain('short/a.yml:1:7 name: a job spec is a file <name>.yaml, received a.yml');
});

test('a folder outside the current one is read too', async () => {
  expect((await batchwright(['validate', '--jobs', `${cwd}/good`], { cwd: `${cwd}/empty` })).code).toBe(0);
});
