import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { answersOrders, GUIDE, packsFiles } from '../support/command-examples';
import { writeExamples } from '../support/doc-examples';

/** The examples of the guide that need nothing but Node and a shell; `test/examples/` runs those in other languages. */

const folder = mkdtempSync(path.join(os.tmpdir(), 'guide-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = writeExamples(GUIDE, folder);

test('the guide has the examples that are run', () => {
  expect(names).toEqual(['answer.py', 'answer.go', 'answer.sh', 'answer.js', 'digest.py', 'digest.go', 'pack.sh']);
});

test('JavaScript answers records', async () => {
  await answersOrders([process.execPath, 'answer.js'], folder, ({ id, amount }) => ({ id, gross: 2 * amount }));
});

test('a shell answers records', async () => {
  await answersOrders(['sh', 'answer.sh'], folder, (order) => order);
});

test('a shell packs files', async () => {
  await packsFiles(['sh', 'pack.sh', '{in}', '{out}', '{answers}'], folder);
});
