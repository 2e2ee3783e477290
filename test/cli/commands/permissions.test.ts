import { aSpec, batchwright, FakeCloud, tempFolder, writeFiles } from '../support';

const cwd = tempFolder();
writeFiles(cwd, { 'jobs/orders.yaml': aSpec('orders') });

async function permissions(...argv: readonly string[]) {
  const cloud = new FakeCloud();
  const ended = await batchwright(['local', 'permissions', ...argv], { cwd, openCloud: async () => cloud });
  return { ...ended, cloud };
}

test('what no run has needed is listed by role and action, and the cloud is stopped again', async () => {
  const { code, out, cloud } = await permissions();

  expect(code).toBe(0);
  expect(out).toMatch(/Submit\s.*batch:ListJobs/);
  expect(cloud.stopped).toBe(1);
});

test('programs get the whole ARNs', async () => {
  const { out } = await permissions('--json');

  expect(JSON.parse(out)).toEqual([{ role: 'arn:aws:iam::000000000000:role/Submit', action: 'batch:ListJobs', resources: ['*'] }]);
});
