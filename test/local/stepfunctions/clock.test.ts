import { systemClock, until } from '../../../local/stepfunctions/clock';

test('a wait passes at its time, and not before', async () => {
  const at = Date.now() + 30;

  await until(systemClock, at, new AbortController().signal);

  expect(Date.now()).toBeGreaterThanOrEqual(at - 1);
});

test('a wait that is aborted frees its timer and says why', async () => {
  const controller = new AbortController();
  const waiting = until(systemClock, Date.now() + 60_000, controller.signal);

  controller.abort(new Error('enough'));

  await expect(waiting).rejects.toThrow('enough');
  await expect(until(systemClock, 0, controller.signal)).rejects.toThrow('enough');
});

test('a wait longer than a timer can be does not pass at once', async () => {
  let passed = false;
  const cancel = systemClock.at(Date.now() + 2 ** 32, () => {
    passed = true;
  });
  await new Promise((done) => setTimeout(done, 20));

  cancel();

  expect(passed).toBe(false);
});
