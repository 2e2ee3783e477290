import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { jobSchema } from '../../../core/spec/json-schema';

const root = join(__dirname, '../../..');
const specs = readdirSync(join(root, 'jobs')).filter((name) => name.endsWith('.yaml'));
const read = (name: string) => readFileSync(join(root, 'jobs', name), 'utf8');
const valid = new Ajv({ strict: false }).compile(jobSchema());

test('docs/job.schema.json is current (npm run schema writes it)', () => {
  expect(JSON.parse(readFileSync(join(root, 'docs/job.schema.json'), 'utf8'))).toEqual(jobSchema());
});

test.each(specs)('%s is valid by it, and tells editors where it is', (name) => {
  expect(valid(parse(read(name)))).toBe(true);
  expect(read(name).split('\n')[0]).toBe('# yaml-language-server: $schema=../docs/job.schema.json');
});

test.each([
  ['an unknown key', { inputs: {} }],
  ['two ways to process', { process: { sql: 'x', command: ['y'] } }],
  ['an unknown format', { output: { format: 'xml' } }],
])('%s is refused by it', (_, change) => {
  expect(valid({ ...parse(read('flights.yaml')), ...change })).toBe(false);
});

test('every key says what it is for', () => {
  const undescribed = (schema: Record<string, unknown>, path: string): string[] =>
    Object.entries((schema.properties ?? {}) as Record<string, Record<string, unknown>>).flatMap(([key, inner]) => [
      ...(inner.description === undefined ? [`${path}${key}`] : []),
      ...undescribed(inner, `${path}${key}.`),
    ]);

  expect(undescribed(jobSchema(), '')).toEqual([]);
});
