import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { queryDigest } from '../../core/query/verdict';
import { readJobs } from '../../lib/jobs';
import { withVerdicts } from '../../lib/query-verdicts';
import { aProject, aSpec, deploy, deployed } from '../lib/fixture';

test('one more spec adds one job definition, one pair of queues and two rules', () => {
  const one = deployed({ 'orders.yaml': aSpec('orders') });
  const two = deployed({ 'orders.yaml': aSpec('orders'), 'returns.yaml': aSpec('returns') });

  const count = ({ compute, controlPlane }: typeof one) => ({
    definitions: Object.keys(compute.findResources('AWS::Batch::JobDefinition')).length,
    queues: Object.keys(controlPlane.findResources('AWS::SQS::Queue')).length,
    rules: Object.keys(controlPlane.findResources('AWS::Events::Rule')).length,
    mappings: Object.keys(controlPlane.findResources('AWS::Lambda::EventSourceMapping')).length,
  });
  const before = count(one);
  expect(count(two)).toEqual({
    definitions: before.definitions + 1,
    queues: before.queues + 2,
    rules: before.rules + 2,
    mappings: before.mappings + 1,
  });
  one.remove();
  two.remove();
});

test.each(['plan', 'notices', 'state-machine', 'a-', 'worker-arm64'])('a job may be called %s, like something of ours', (name) => {
  const { compute, remove } = deployed({ [`${name}.yaml`]: aSpec(name), 'a.yaml': aSpec('a') });

  compute.resourceCountIs('AWS::Batch::JobDefinition', 2);
  remove();
});

test('the same project synthesizes to the same templates', () => {
  const project = aProject();

  const first = deploy(project).all.map((template) => template.toJSON());
  const second = deploy(project).all.map((template) => template.toJSON());

  expect(second).toEqual(first);
  project.remove();
});

test('the assembly holds a folder for each step and a build context for the worker', () => {
  const project = aProject();
  deploy(project);
  const outdir = path.join(project.root, 'cdk.out');
  const assets = JSON.parse(readFileSync(path.join(outdir, 'Batchwright-Compute.assets.json'), 'utf8'));

  const [image] = Object.values(assets.dockerImages) as [{ source: { directory: string } }];
  expect(existsSync(path.join(outdir, image.source.directory, 'main.js'))).toBe(true);
  expect(existsSync(path.join(outdir, image.source.directory, 'jobs', 'orders.yaml'))).toBe(true);
  project.remove();
});

test('a broken spec stops the synth before anything is written', () => {
  const project = aProject({ 'orders.yaml': 'name: [' });

  expect(() => deploy(project)).toThrow(/orders\.yaml:1:\d+ /);
  expect(existsSync(path.join(project.root, 'cdk.out', 'bundles'))).toBe(false);
  project.remove();
});

test('a query that is not record by record stops the synth, with its place', () => {
  const project = aProject({ 'orders.yaml': aSpec('orders', 'process:\n  sql: |\n    SELECT *\n    FROM input\n    LIMIT 3') });

  expect(() => deploy(project)).toThrow(/orders\.yaml:7:11 LIMIT would count the rows of each chunk anew/);
  expect(existsSync(path.join(project.root, 'cdk.out', 'bundles'))).toBe(false);
  project.remove();
});

test('a config is deployed with the verdict on its query, which Plan takes', () => {
  const project = aProject();
  const [job] = withVerdicts(readJobs(project.jobsFolder));

  expect(job!.query).toMatchObject({
    rows: 'observed',
    rewritten: expect.stringContaining('batchwright_record'),
    digest: queryDigest(job!),
  });
  deploy(project);
  const written = readdirSync(path.join(project.root, 'cdk.out'), { recursive: true }).map(String);
  const config = written.find((file) => file.endsWith(path.join('config', 'orders.json')));
  expect(readFileSync(path.join(project.root, 'cdk.out', config!), 'utf8')).toContain(job!.query!.digest);
  project.remove();
});

test('cdk.json sets every flag that this version of CDK recommends, as recommended', () => {
  const { context } = JSON.parse(readFileSync(path.resolve(__dirname, '../../cdk.json'), 'utf8'));

  expect(context).toMatchObject(require('aws-cdk-lib/recommended-feature-flags.json'));
});
