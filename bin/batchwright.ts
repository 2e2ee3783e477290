import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { InvalidJobsError } from '../lib/jobs';
import { addStacks } from './stacks';

const app = new App();
const root = path.resolve(__dirname, '..');
// `--context jobs=DIR` deploys another folder of jobs.
const jobsFolder = path.resolve(app.node.tryGetContext('jobs') ?? path.join(root, 'jobs'));

try {
  // `--context inventoryBucket=NAME` lets runs read S3 Inventories that are delivered there.
  addStacks(app, { root, jobsFolder, inventoryBucket: app.node.tryGetContext('inventoryBucket') });
  app.synth();
} catch (error) {
  if (!(error instanceof InvalidJobsError)) throw error;
  console.error(error.message);
  process.exit(1);
}
