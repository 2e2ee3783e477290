import { placeInJobs } from '../../../worker/processors/module/tries';

const stack = (...lines: readonly string[]): string =>
  ['TypeError: no /app/jobs/x.ts:1:1', ...lines.map((line) => `    at ${line}`)].join('\n');

test.each([
  [
    'in a function',
    stack('Array.map (<anonymous>)', 'score (/app/jobs/processors/a.ts:12:7)', 'run (/app/main.js:1:2)'),
    'processors/a.ts:12:7',
  ],
  ['at the top of a file', stack('/app/jobs/processors/a.ts:3:9'), 'processors/a.ts:3:9'],
  ['behind a package', stack('f (/app/jobs/node_modules/p/i.js:1:1)', 'g (/app/jobs/shared/b.ts:2:2)'), 'shared/b.ts:2:2'],
  ['with spaces in its path', stack('f (/app/jobs/my file.ts:1:1)'), 'my file.ts:1:1'],
  ['nowhere', stack('run (/app/main.js:1:2)'), undefined],
  ['in a folder that begins alike', stack('run (/app/jobs2/a.ts:1:2)'), undefined],
])('a place %s', (_, text, place) => {
  expect(placeInJobs(text, '/app/jobs')).toBe(place);
});
