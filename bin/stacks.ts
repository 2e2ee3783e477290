import path from 'node:path';
import type { App } from 'aws-cdk-lib';
import { bundleSteps, bundleWorker } from '../lib/bundle';
import { ComputeStack } from '../lib/compute-stack';
import { ControlPlaneStack } from '../lib/control-plane-stack';
import { processorModules, readJobs } from '../lib/jobs';
import { MonitoringStack } from '../lib/monitoring-stack';
import { stackName } from '../lib/names';
import { withVerdicts } from '../lib/query-verdicts';
import { STEPS } from '../lib/step-function';
import { StorageStack } from '../lib/storage-stack';

export interface Sources {
  /** Holds `lambda/` and `worker/`. */
  readonly root: string;
  readonly jobsFolder: string;
  /** Where S3 Inventories of the input bucket are delivered to, if not to itself. */
  readonly inventoryBucket?: string | undefined;
}

/** All stacks of one deployment, in the order in which data passes through them. */
export function addStacks(app: App, { root, jobsFolder, inventoryBucket }: Sources): void {
  const jobs = withVerdicts(readJobs(jobsFolder));
  const bundles = path.join(app.outdir, 'bundles');
  const stepCode = bundleSteps(root, STEPS, path.join(bundles, 'lambda'));
  const workerFolder = bundleWorker({ root, jobsFolder, modules: processorModules(jobs) }, path.join(bundles, 'worker'));

  const storage = new StorageStack(app, stackName('Storage'), { description: 'Batchwright: files in, files out, and the ledger' });
  const compute = new ComputeStack(app, stackName('Compute'), { storage, jobs, workerFolder, description: 'Batchwright: where work runs' });
  const controlPlane = new ControlPlaneStack(app, stackName('ControlPlane'), {
    storage,
    compute,
    jobs,
    inventoryBucket,
    stepCode,
    description: 'Batchwright: from a dropped file to a published dataset',
  });
  new MonitoringStack(app, stackName('Monitoring'), { controlPlane, description: 'Batchwright: what to look at' });
}
