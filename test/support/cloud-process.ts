import { startCloud } from '../../local/cloud';
import { pipelineClient } from './cloud-pipeline';

/** A process of its own that runs a cloud, drops files without end and says so, until it is killed. */
async function run([assemblyDir = '', stateDir = '']: readonly string[]): Promise<void> {
  const client = pipelineClient(await startCloud({ assemblyDir, stateDir }));
  for (let file = 0; ; file += 1) {
    await client.put(`in/${file}.txt`, `file ${file}`);
    process.stdout.write(`${file}\n`);
  }
}

void run(process.argv.slice(2));
