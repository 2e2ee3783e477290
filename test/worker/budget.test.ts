import fc from 'fast-check';
import { ByteBudget, inputBudgetBytes } from '../../worker/budget';

const MIB = 1024 * 1024;
const settled = () => new Promise((done) => setImmediate(done));

test.each([
  [512, 112],
  [2048, 496],
  [30 * 1024, 7664],
])('a task of %i MiB may hold %i MiB of input', (memory, budget) => {
  expect(inputBudgetBytes(memory)).toBe(budget * MIB);
});

test('who wants more than is free waits until it is given back', async () => {
  const budget = new ByteBudget(100);
  const giveBack = await budget.take(70);
  let granted = false;
  const waiting = budget.take(40).then((back) => {
    granted = true;
    return back;
  });
  await settled();
  expect(granted).toBe(false);

  giveBack();
  giveBack();
  await waiting;

  expect(budget.held).toBe(40);
});

test('more than there is at all is granted to one alone', async () => {
  const budget = new ByteBudget(100);
  const giveBack = await budget.take(1000);

  let granted = false;
  const waiting = budget.take(1).then(() => {
    granted = true;
  });
  await settled();
  expect(granted).toBe(false);
  giveBack();

  await waiting;
});

test('the bytes held never exceed the budget unless one alone holds them, and everybody gets a turn', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(150), { maxLength: 20 }), async (wishes) => {
      const budget = new ByteBudget(100);
      let holders = 0;
      await Promise.all(
        wishes.map(async (bytes) => {
          const giveBack = await budget.take(bytes);
          holders += 1;
          const held = budget.held;
          if (held > 100) expect([held, 0]).toContain(bytes);
          await settled();
          holders -= 1;
          giveBack();
        }),
      );

      expect(holders).toBe(0);
      expect(budget.held).toBe(0);
    }),
  );
});
