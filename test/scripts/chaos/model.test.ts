import { runModel, traceOf } from '../../../scripts/chaos/model';
import { MUTANTS } from '../../../scripts/chaos/model/mutants';

/** The real steps and the real worker, in orders and under faults that a seed decides; see docs/chaos.md. */

/** Every mutant dies within some hundred schedules; the seed is fixed, so that it always does. */
const SEED = 1;
const MUTANT_SCHEDULES = 5000;

jest.setTimeout(300_000);

test('a reader sees nothing or the right rows, whatever dies, is lost, comes twice or is late', async () => {
  const { violation, published, schedules } = await runModel({ seed: SEED, schedules: 600 });

  expect(violation).toBeUndefined();
  expect(schedules).toBe(600);
  expect(published).toBeGreaterThan(500);
});

test('the same seed is the same schedule', async () => {
  const first = await traceOf(77);

  expect(first.trace.length).toBeGreaterThan(50);
  expect(await traceOf(77)).toEqual(first);
});

test.each(MUTANTS)('it is noticed when $name', async (mutant) => {
  const { violation } = await runModel({ seed: SEED, schedules: MUTANT_SCHEDULES }, mutant);

  expect(violation?.violation).toEqual(expect.any(String));
});
