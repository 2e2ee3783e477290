import * as fc from 'fast-check';
import { matches } from '../../../local/stepfunctions/errors';
import { evaluate } from '../../../local/stepfunctions/expressions';
import { fractionOf, type Retrier, retryDelay } from '../../../local/stepfunctions/retry';

const see = (template: unknown, variables: Record<string, unknown> = {}) =>
  evaluate(template, 'Output', { states: { input: 1 }, variables });

describe('JSONata', () => {
  test.each([
    ['$partition([1,2,3,4,5], 2)', [[1, 2], [3, 4], [5]]],
    ['$range(1, 9, 2)', [1, 3, 5, 7, 9]],
    ['$range(5, 1, -2)', [5, 3, 1]],
    ['$hash("abc", "MD5")', '900150983cd24fb0d6963f7d28e17f72'],
    ['$hash("abc", "SHA-256")', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['$random(7) = $random(7)', true],
    ['$random() < 1 and $random() >= 0', true],
    ['$length($uuid())', 36],
    ['$parse("{\\"a\\":[1]}")', { a: [1] }],
    ['$merge([{"a": 1}, {"b": $states.input}])', { a: 1, b: 1 }],
    ['[1]', [1]],
    ['null', null],
  ])('%s', async (source, expected) => {
    expect(await see(`{% ${source} %}`)).toEqual(expected);
  });

  test.each([
    ['$nothing', 'returned nothing (undefined)'],
    ['function($x){$x}', 'a function'],
    ['$eval("1")', '$eval is not available'],
    ['$hash("a", "CRC32")', 'algorithm "CRC32" is none of MD5'],
    ['$range(1, 2000, 1)', '2000 numbers, 1000 are allowed'],
    ['$range(1, 2, 0)', 'step 0'],
    ['$partition([1], 0)', 'size 0'],
    ['$parse("{")', 'JSON'],
    ['1 + "a"', 'right side of the "+" operator'],
  ])('%s fails by that', async (source, text) => {
    await expect(see(`{% ${source} %}`)).rejects.toThrow(
      expect.objectContaining({ error: 'States.QueryEvaluationError', reason: expect.stringContaining(text) }),
    );
  });

  test('is evaluated wherever it stands, and nothing else is', async () => {
    const template = { a: ['{% $x %}', 'plain {% $x %}', ' {% $x %}'], b: { c: '{% $x.y %}' }, n: 1, none: null };

    expect(await see(template, { x: { y: 2 } })).toEqual({ a: [{ y: 2 }, 'plain {% $x %}', ' {% $x %}'], b: { c: 2 }, n: 1, none: null });
  });

  test('law: a template without expressions is its own value', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const plain = JSON.parse(JSON.stringify(value).replaceAll('{%', ''));
        expect(await see(plain)).toEqual(plain);
      }),
      { numRuns: 50 },
    );
  });

  test('law: a value bound to a variable comes back as it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), async (value) => {
        const json = JSON.parse(JSON.stringify(value));
        expect(await see('{% $states.input = 1 ? $v : $v %}', { v: json })).toEqual(json);
      }),
      { numRuns: 50 },
    );
  });
});

describe('names of errors', () => {
  test.each([
    ['States.ALL', 'Mine', true],
    ['States.ALL', 'States.Timeout', true],
    ['States.ALL', 'States.QueryEvaluationError', true],
    ['States.ALL', 'States.DataLimitExceeded', false],
    ['States.ALL', 'States.Runtime', false],
    ['States.Runtime', 'States.Runtime', false],
    ['States.DataLimitExceeded', 'States.DataLimitExceeded', true],
    ['States.TaskFailed', 'Mine', true],
    ['States.TaskFailed', 'States.Timeout', false],
    ['States.TaskFailed', 'States.DataLimitExceeded', false],
    ['States.Timeout', 'States.HeartbeatTimeout', true],
    ['Mine', 'mine', false],
  ])('%s covers %s: %p', (name, error, expected) => {
    expect(matches([name], error)).toBe(expected);
  });
});

describe('retries', () => {
  const aRetrier = (fields: Partial<Retrier> = {}): Retrier => ({
    ErrorEquals: ['States.ALL'],
    IntervalSeconds: 1,
    MaxAttempts: 3,
    BackoffRate: 2,
    JitterStrategy: 'NONE',
    ...fields,
  });

  test('every retrier counts its own failures', () => {
    const retriers = [aRetrier({ ErrorEquals: ['A'], MaxAttempts: 1 }), aRetrier({ ErrorEquals: ['B'], IntervalSeconds: 10 })];

    expect(retryDelay(retriers, ['A'], 0)).toBe(1);
    expect(retryDelay(retriers, ['A', 'B'], 0)).toBe(10);
    expect(retryDelay(retriers, ['A', 'B', 'B'], 0)).toBe(20);
    expect(retryDelay(retriers, ['A', 'B', 'A'], 0)).toBeUndefined();
    expect(retryDelay(retriers, ['C'], 0)).toBeUndefined();
    expect(retryDelay([], ['A'], 0)).toBeUndefined();
    expect(retryDelay([aRetrier({ MaxAttempts: 0 })], ['A'], 0)).toBeUndefined();
  });

  test('law: pauses grow, never pass the maximum, and end after MaxAttempts', () => {
    const anyRetrier = fc.record({
      IntervalSeconds: fc.integer({ min: 1, max: 100 }),
      MaxAttempts: fc.integer({ min: 0, max: 8 }),
      MaxDelaySeconds: fc.integer({ min: 100, max: 1000 }),
    });
    fc.assert(
      fc.property(anyRetrier, (fields) => {
        const retrier = aRetrier(fields);
        const delays = Array.from({ length: 10 }, (_, i) => retryDelay([retrier], new Array(i + 1).fill('A'), 0.5)).filter(
          (d) => d !== undefined,
        );
        expect(delays).toHaveLength(fields.MaxAttempts);
        expect(delays).toEqual(delays.toSorted((a, b) => a - b));
        expect(Math.max(0, ...delays)).toBeLessThanOrEqual(fields.MaxDelaySeconds);
      }),
    );
  });

  test('law: full jitter lies between nothing and the pause, and belongs to its name', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const jittered = retryDelay([aRetrier({ JitterStrategy: 'FULL', IntervalSeconds: 8 })], ['A'], fractionOf(name));
        expect(jittered).toBe(8 * fractionOf(name));
        expect(jittered).toBeGreaterThanOrEqual(0);
        expect(jittered).toBeLessThan(8);
      }),
    );
  });
});
