import { inferSchema } from '../../../core/inference/infer-schema';
import { changeSince } from '../../../core/operate/rerun';
import { aConfig, aSpec } from '../../support/records';

const CONFIG = { ...aConfig(aSpec()), code: 'a' };

test('nothing has changed where only the deployment is another, or its code is unknown', () => {
  const worker = { ...CONFIG.worker, jobDefinition: 'arn:9', image: 'other' };
  const inferred = inferSchema([{ bytes: Buffer.from('a\n1\n'), complete: true }], CONFIG.spec.input);
  const { name, ...rest } = CONFIG.spec;

  expect(changeSince(CONFIG, { ...CONFIG, worker } as typeof CONFIG)).toBeUndefined();
  expect(changeSince({ ...CONFIG, schemas: inferred ? { input: inferred } : {} }, CONFIG)).toBeUndefined();
  expect(changeSince(CONFIG, { ...CONFIG, spec: { ...rest, name } })).toBeUndefined();
  expect(changeSince(CONFIG, { ...CONFIG, spec: { ...CONFIG.spec, description: 'other' } })).toBeUndefined();
  expect(changeSince(aConfig(aSpec()), CONFIG)).toBeUndefined();
});

test.each([
  ['the spec', { ...CONFIG, spec: { ...CONFIG.spec, name: 'other' } }, 'the spec has changed'],
  ['a schema', { ...CONFIG, schemas: { input: { type: 'object' } } }, 'a schema has changed'],
  ['the code', { ...CONFIG, code: 'b' }, 'the code that the spec names has changed'],
])('%s is told where it has changed', (_, now, change) => {
  expect(changeSince(CONFIG, now)).toBe(change);
});
