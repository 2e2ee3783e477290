import { GRACE_SECONDS, Stop, unlessStopped } from '../../worker/stop';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('who may not finish gives up at once, who may at the end of the grace, counted from the request', () => {
  const asked = new AbortController();
  const stop = new Stop(asked.signal);
  const fetch = stop.stage(() => false);
  const deliver = stop.stage(() => true);

  asked.abort();
  expect([fetch.signal.aborted, deliver.signal.aborted]).toEqual([true, false]);
  jest.advanceTimersByTime((GRACE_SECONDS - 1) * 1000);
  const late = stop.stage(() => true);
  expect([deliver.signal.aborted, late.signal.aborted]).toEqual([false, false]);

  jest.advanceTimersByTime(1000);

  expect([deliver.signal.aborted, late.signal.aborted]).toEqual([true, true]);
  expect(stop.stage(() => true).signal.aborted).toBe(true);
});

test('a stage that is over, and a task that is over, are left alone', () => {
  const asked = new AbortController();
  const stop = new Stop(asked.signal);
  const stage = stop.stage(() => false);
  stage.release();
  stop.release();

  asked.abort();
  jest.advanceTimersByTime(GRACE_SECONDS * 1000);

  expect(stage.signal.aborted).toBe(false);
  expect(jest.getTimerCount()).toBe(0);
});

test('work that goes on after it was told to give up is left after two seconds', async () => {
  const asked = new AbortController();
  const left = expect(unlessStopped(asked.signal, new Promise(() => undefined))).rejects.toMatchObject({ name: 'StoppedError' });

  asked.abort();
  await jest.advanceTimersByTimeAsync(2000);

  await left;
});

test('work that ends by itself keeps its outcome, and leaves no timer', async () => {
  const asked = new AbortController();
  const work = unlessStopped(asked.signal, Promise.resolve(7));

  asked.abort();

  await expect(work).resolves.toBe(7);
  expect(jest.getTimerCount()).toBe(0);
});
