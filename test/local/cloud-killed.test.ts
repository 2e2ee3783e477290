import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { startCloud } from '../../local/cloud';
import { removeTemporaryFolders, synthesized, temporaryFolder } from '../support/cloud-assembly';
import { aPipeline, bundledHandler, pipelineClient } from '../support/cloud-pipeline';

// Whole clouds come up and go down here, on machines that may be busy with other things.
jest.setTimeout(180_000);

const SCRIPT = path.join(__dirname, '..', 'support', 'cloud-process.ts');

afterAll(removeTemporaryFolders);

/** Numbers of the files that the child saw accepted before it was killed. */
async function acceptedUntilKilled(child: ChildProcess, after: number): Promise<readonly number[]> {
  const accepted: number[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    accepted.push(Number(line));
    if (accepted.length === after) child.kill('SIGKILL');
  }
  return accepted;
}

test('every object that was accepted before a SIGKILL is worked on after it', async () => {
  const assemblyDir = synthesized(aPipeline({ code: bundledHandler() }));
  const stateDir = temporaryFolder();
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, assemblyDir, stateDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  const exited = once(child, 'exit');

  const accepted = await acceptedUntilKilled(child, 15);
  await exited;
  const cloud = await startCloud({ assemblyDir, stateDir });
  const client = pipelineClient(cloud);
  const outputs: string[] = [];
  for (const file of accepted) outputs.push(await client.output(`out/in/${file}.txt`));
  client.close();
  await cloud.stop();

  expect(accepted.length).toBeGreaterThanOrEqual(15);
  expect(outputs).toEqual(accepted.map((file) => `FILE ${file}!`));
});
