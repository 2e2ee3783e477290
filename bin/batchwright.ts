import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { addStacks } from './stacks';

const app = new App();
const root = path.resolve(__dirname, '..');
// `--context jobs=DIR` deploys another folder of jobs.
const jobsFolder = path.resolve(app.node.tryGetContext('jobs') ?? path.join(root, 'jobs'));
addStacks(app, { root, jobsFolder });
app.synth();
