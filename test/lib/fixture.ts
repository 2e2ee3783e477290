import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addStacks } from '../../bin/stacks';
import { STEPS } from '../../lib/step-function';

/** The flags that the real app runs with; a test's App does not read cdk.json by itself. */
export const FLAGS: Record<string, unknown> = JSON.parse(readFileSync(path.resolve(__dirname, '../../cdk.json'), 'utf8')).context;

/** Fields of a spec beside its name, as YAML. */
export const aSpec = (name: string, rest = 'process: { sql: SELECT * FROM input }'): string =>
  [`name: ${name}`, `input: { prefix: incoming/${name}/, format: csv }`, rest, 'output: { format: parquet }'].join('\n');

/** A resource of a template as the assertions library returns it, untyped. */
export type Resource = ReturnType<Template['findResources']>[string];

export interface Project {
  readonly root: string;
  readonly jobsFolder: string;
  write(file: string, text: string): void;
  remove(): void;
}

/** A folder with the least that can be deployed: empty steps, a worker, and the given jobs. */
export function aProject(jobs: Readonly<Record<string, string>> = { 'orders.yaml': aSpec('orders') }): Project {
  const root = mkdtempSync(path.join(tmpdir(), 'batchwright-lib-'));
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  for (const step of STEPS) write(`lambda/${step}.ts`, `export const handler = async () => '${step}';\n`);
  write('worker/main.ts', 'console.log("work");\n');
  write('worker/Dockerfile', 'FROM scratch\n');
  write('worker/image/package.json', '{}\n');
  write('jobs/schemas/any.schema.json', '{}\n');
  for (const [file, text] of Object.entries(jobs)) write(`jobs/${file}`, text);
  return { root, jobsFolder: path.join(root, 'jobs'), write, remove: () => rmSync(root, { recursive: true, force: true }) };
}

export interface Deployment {
  readonly storage: Template;
  readonly compute: Template;
  readonly controlPlane: Template;
  readonly monitoring: Template;
  readonly all: readonly Template[];
}

/** Synthesizes a project into a folder of its own, below the project. */
export function deploy(project: Project, context: Record<string, unknown> = {}): Deployment {
  const app = new App({ outdir: path.join(project.root, 'cdk.out'), context: { ...FLAGS, ...context } });
  addStacks(app, project);
  const { stacks } = app.synth();
  const template = (part: string): Template =>
    Template.fromJSON(stacks.find(({ stackName }) => stackName === `Batchwright-${part}`)!.template);
  const deployment = {
    storage: template('Storage'),
    compute: template('Compute'),
    controlPlane: template('ControlPlane'),
    monitoring: template('Monitoring'),
  };
  return { ...deployment, all: Object.values(deployment) };
}

/** A project, deployed once for a whole file of tests. */
export function deployed(jobs?: Readonly<Record<string, string>>): Deployment & { remove(): void } {
  const project = aProject(jobs);
  return { ...deploy(project), remove: project.remove };
}
