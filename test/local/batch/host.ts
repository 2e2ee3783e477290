import type { PlatformEvent } from '../../../local/kernel/types';
import { aCloud, type Image } from './cloud';

/** A local cloud in a process of its own, to be killed: submits one job and prints its id, then what becomes of it. */
async function main([stateDir = '', folder = '', size = '0']: readonly string[]): Promise<void> {
  const image: Image = { folder, remove: () => undefined };
  const cloud = await aCloud(image, { stateDir, definition: { RetryStrategy: { Attempts: 2 } }, options: { vcpus: 0.5 } });
  const jobId = await cloud.submit(size === '0' ? {} : { arrayProperties: { size: Number(size) } });
  process.stdout.write(`${JSON.stringify({ jobId })}\n`);
  let told = 0;
  setInterval(() => {
    for (const event of cloud.events.slice(told) as PlatformEvent[]) process.stdout.write(`${JSON.stringify(event.detail)}\n`);
    told = cloud.events.length;
  }, 5);
}

void main(process.argv.slice(2));
