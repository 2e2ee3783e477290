import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { codeOf } from '../../lib/job-code';
import { writeFiles } from '../cli/support';

const FILES = { 'a.yaml': 'name: a', 'processors/a.js': '1', 'processors/b.js': '1', 'a.py': '1', 'lib/help.py': '1', 'l.csv': 'a\n' };
const MODULE = { module: 'processors/a.ts' };
const COMMAND = { command: ['python3', 'a.py'] };
const SQL = { sql: 'FROM input', lookups: { l: 'l.csv' } };

function codeWith(process: typeof MODULE | typeof COMMAND | typeof SQL, changed: Readonly<Record<string, string>> = {}): string {
  const jobs = mkdtempSync(path.join(tmpdir(), 'job-code-'));
  writeFiles(jobs, { ...FILES, ...changed });
  return codeOf({ process } as Parameters<typeof codeOf>[0], jobs);
}

test.each([
  ['a module', MODULE, 'processors/a.js', 'processors/b.js'],
  ['a program, which may read any file but the specs', COMMAND, 'lib/help.py', 'a.yaml'],
  ['a lookup', SQL, 'l.csv', 'a.py'],
])('the code of %s changes with it and with nothing else', (_, process, own, other) => {
  expect(codeWith(process)).toBe(codeWith(process));
  expect(codeWith(process, { [own]: '2' })).not.toBe(codeWith(process));
  expect(codeWith(process, { [other]: '2' })).toBe(codeWith(process));
});
