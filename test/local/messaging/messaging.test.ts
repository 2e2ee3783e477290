import { z } from 'zod';
import { inputOf, pageOf } from '../../../local/messaging/inputs';
import { nameOf, physicalName } from '../../../local/messaging/names';
import { flag, number, propertiesOf } from '../../../local/messaging/properties';

const identity = (properties: object = {}, logicalId = 'Queue') => ({
  stackName: 'Test',
  logicalId,
  type: 'AWS::SQS::Queue',
  properties: { ...properties },
  resolve: (value: unknown) => value,
});
const resource = (properties: object) => ({ ...identity(properties), ref: 'r', attributes: {}, assetPath: () => '' });

describe('names', () => {
  test('are stack and logical id, the same every time', () => {
    expect(physicalName(identity(), 80)).toBe('Test-Queue');
    expect(nameOf(identity({ QueueName: 'mine' }), 'QueueName', 80)).toBe('mine');
    expect(nameOf(identity({ QueueName: '' }), 'QueueName', 80)).toBe('Test-Queue');
  });

  test('are cut to the limit without two becoming one', () => {
    const [one, two] = ['1', '2'].map((end) => physicalName(identity({}, `${'x'.repeat(100)}${end}`), 64));

    expect(one).toHaveLength(64);
    expect(one).not.toBe(two);
    expect(physicalName(identity({}, 'x'.repeat(59)), 64)).toBe(`Test-${'x'.repeat(59)}`);
  });
});

describe('properties', () => {
  const Schema = z.strictObject({
    Size: number.min(1).default(5),
    On: flag.default(false),
    Nested: z.strictObject({ A: z.string() }).optional(),
  });

  test('may be written as text', () => {
    expect(propertiesOf(Schema, resource({ Size: '7', On: 'true' }))).toEqual({ Size: 7, On: true });
    expect(propertiesOf(Schema, resource({}))).toEqual({ Size: 5, On: false });
  });

  test.each([
    [{ Size: 0 }, 'property Size of AWS::SQS::Queue Test/Queue'],
    [{ Colour: 'red' }, 'property Colour of AWS::SQS::Queue Test/Queue is not emulated'],
    [{ Nested: { A: 'a', B: 1 } }, 'property Nested.B of AWS::SQS::Queue Test/Queue is not emulated'],
  ])('%o are refused, naming the resource', (properties, message) => {
    expect(() => propertiesOf(Schema, resource(properties))).toThrow(message);
  });
});

describe('inputs', () => {
  test('name the field that is wrong', () => {
    expect(() => inputOf(z.object({ Max: z.number() }), { Max: 'x' }, 'Bad')).toThrow(
      expect.objectContaining({ code: 'Bad', message: expect.stringMatching(/^Max: /) }),
    );
    expect(() => inputOf(z.object({}), 1)).toThrow(expect.objectContaining({ code: 'ValidationException' }));
  });

  test('lists come in pages that cover everything once', () => {
    const first = pageOf([1, 2, 3], undefined, 2);
    const second = pageOf([1, 2, 3], first.next, 2);

    expect([...first.items, ...second.items]).toEqual([1, 2, 3]);
    expect(second.next).toBeUndefined();
    expect(() => pageOf([1], 'x', 2)).toThrow('was not given out here');
  });
});
