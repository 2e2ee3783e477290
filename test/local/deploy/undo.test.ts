import { Undo } from '../../../local/deploy/undo';

test('steps are undone newest first, once', async () => {
  const order: number[] = [];
  const undo = new Undo();
  undo.add(() => void order.push(1));
  undo.add(async () => void order.push(2));

  await undo.run();
  await undo.run();

  expect(order).toEqual([2, 1]);
});

test('a step that fails does not keep the others from being undone', async () => {
  const order: number[] = [];
  const undo = new Undo();
  undo.add(() => void order.push(1));
  undo.add(() => {
    throw new RangeError('stuck');
  });

  await expect(undo.run()).rejects.toThrow('stuck');
  expect(order).toEqual([1]);
});
