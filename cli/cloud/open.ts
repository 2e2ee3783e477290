import { CloudError } from '../errors';
import { lockState } from '../state/lock';
import type { Cloud, CloudOptions } from './port';
import { SdkCloud } from './sdk-cloud';
import { synthesize } from './synth';

/** Brings up the local cloud of a jobs folder; one process at a time per state folder. */
export async function openLocalCloud(options: CloudOptions): Promise<Cloud> {
  const lock = await lockState(options.stateDir);
  try {
    return await start(options, lock.release);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function start({ jobsDir, stateDir, port, faults, log }: CloudOptions, release: () => Promise<void>): Promise<Cloud> {
  const assemblyDir = await synthesize({ jobsDir, stateDir, log });
  // Loaded late, since commands that need no cloud should start in a moment; `import()` would bypass tsx's CommonJS hook.
  const { startCloud } = require('../../local/cloud') as typeof import('../../local/cloud');
  const cloud = await startCloud({ assemblyDir, stateDir, log, faults, ...(port !== undefined && { port }) });
  const output = (stack: string, name: string): string => {
    const value = cloud.outputs[stack]?.[name];
    if (value === undefined) throw new CloudError(`the stack ${stack} has no output ${name}`);
    return value;
  };
  return new SdkCloud({
    endpoint: cloud.endpoint,
    environment: cloud.adminEnvironment,
    buckets: {
      input: output('Batchwright-Storage', 'InputBucketName'),
      output: output('Batchwright-Storage', 'OutputBucketName'),
      state: output('Batchwright-Storage', 'StateBucketName'),
    },
    stateMachineArn: output('Batchwright-ControlPlane', 'StateMachineArn'),
    queues: { spot: output('Batchwright-Compute', 'SpotQueueArn'), 'on-demand': output('Batchwright-Compute', 'OnDemandQueueArn') },
    unusedPermissions: () => cloud.unusedPermissions(),
    stop: async () => {
      await cloud.stop();
      await release();
    },
  });
}
