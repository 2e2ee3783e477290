import { join } from 'node:path';
import { Faults } from '../../../local/faults/faults';
import { FaultPlan } from '../../../local/faults/plan';
import { aSpec, batchwright, tempFolder, writeFiles } from '../support';

const cwd = tempFolder();
writeFiles(cwd, { 'jobs/orders.yaml': aSpec('orders') });

/** Injects a fault into the uploads of these keys. */
function inject(...keys: readonly string[]): void {
  const plan = FaultPlan.parse({ seed: 1, rules: [{ name: 'cut off', kind: 'reset', every: 1 }] });
  const faults = new Faults(plan, join(cwd, '.batchwright'));
  for (const key of keys) faults.draw(['reset'], { service: 's3', operation: 'PutObject', target: `/in/${key}` })?.hit();
}

test('without faults there is nothing to list', async () => {
  expect(await batchwright(['local', 'faults'], { cwd })).toMatchObject({ code: 0, out: 'no faults were injected\n' });
});

test('faults are counted by rule and operation, and keys are shown harmlessly', async () => {
  inject('a', 'b\u001b[31m');

  const { out } = await batchwright(['local', 'faults'], { cwd });

  expect(out).toMatch(/cut off\s.*reset\s.*s3 PutObject\s.*2/);
  expect(out).not.toContain('\u001b[31m');
});

test('programs get every hit', async () => {
  const { out } = await batchwright(['local', 'faults', '--json'], { cwd });

  expect(JSON.parse(out)).toMatchObject([
    { rule: 'cut off', n: 1 },
    { rule: 'cut off', n: 2 },
  ]);
});
