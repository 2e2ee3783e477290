/** Answers records by their number, and exits with 78 where the environment or the worker's own holds more than a program should see. */

const { readFileSync } = require('node:fs');
const readline = require('node:readline');
const { env, exit, stdin, stdout } = require('node:process');

const ALLOWED = ['AWS_BATCH_JOB_ATTEMPT', 'AWS_BATCH_JOB_ID', 'HOME', 'LANG', 'PATH', 'PWD', 'TMPDIR', 'TZ', 'SHLVL', '_'];
if (Object.keys(env).some((name) => !ALLOWED.includes(name))) exit(78);
if (!readFileSync(__filename, 'utf8').startsWith('/** Answers')) exit(78);

const answerOf = (record) => {
  if (record.n % 3 === 0) return { filter: true };
  return record.n % 10 === 0 ? { skip: 'a tenth' } : { ok: { n: record.n, text: `${record.text}!` } };
};

readline.createInterface({ input: stdin }).on('line', (line) => stdout.write(`${JSON.stringify(answerOf(JSON.parse(line)))}\n`));
