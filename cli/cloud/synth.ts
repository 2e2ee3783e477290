import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { narrowRights } from '../../local/deploy/private-state';
import { CloudError } from '../errors';
import { imagesInUse, replaceAssembly } from './assembly-folder';

/** The repository that this command belongs to. */
const ROOT = join(__dirname, '../..');

/** All that the templates and the bundled assets are made of. */
const SOURCES = ['bin', 'lib', 'lambda', 'worker', 'core', 'adapters', 'cdk.json', 'package-lock.json'];

const IGNORED = new Set(['node_modules', '__pycache__']);

/** Written last: an assembly without it was cut short and is made again. */
const STAMP = 'inputs.sha256';

export interface SynthOptions {
  readonly jobsDir: string;
  readonly stateDir: string;
  readonly log: (line: string) => void;
}

/** Synthesizes the CDK app for this jobs folder, unless nothing changed since the last time; answers the assembly's folder. */
export async function synthesize({ jobsDir, stateDir, log }: SynthOptions): Promise<string> {
  const outdir = join(stateDir, 'cdk.out');
  const stamp = join(outdir, STAMP);
  const inputs = hashInputs(jobsDir);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return outdir;
  log('synthesizing the CDK app (only when something changed)');
  const fresh = join(stateDir, 'cdk.out.new');
  rmSync(fresh, { recursive: true, force: true });
  await runApp(jobsDir, fresh);
  // Assets keep the rights of the files that they are copies of.
  narrowRights(fresh);
  rmSync(stamp, { force: true });
  replaceAssembly(outdir, fresh, imagesInUse(stateDir));
  writeFileSync(stamp, inputs);
  return outdir;
}

/** Content, not times: a fresh checkout of the same sources is the same. */
export function hashInputs(jobsDir: string): string {
  const hash = createHash('sha256').update(JSON.stringify([jobsDir, process.version]));
  const roots = [...SOURCES.map((name) => join(ROOT, name)), jobsDir].filter((path) => existsSync(path));
  for (const root of roots) {
    for (const file of filesOf(root)) hash.update(JSON.stringify(relative(ROOT, file))).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function filesOf(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !IGNORED.has(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesOf(join(path, entry.name)) : entry.isFile() ? [join(path, entry.name)] : []));
}

/** The CDK CLI would only add the feature flags and a process: both are done here. */
function runApp(jobsDir: string, outdir: string): Promise<void> {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { readonly context: Record<string, unknown> };
  const tsx = createRequire(__filename).resolve('tsx/cjs');
  const env = {
    ...process.env,
    CDK_OUTDIR: outdir,
    CDK_CONTEXT_JSON: JSON.stringify({ ...context, jobs: jobsDir }),
    CDK_VALIDATION: 'false',
  };
  const child = spawn(process.execPath, ['--require', tsx, join(ROOT, 'bin/batchwright.ts')], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => output.push(piece));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new CloudError(`the CDK app could not be synthesized (exit code ${code}):\n${Buffer.concat(output).toString('utf8').trim()}`),
        );
    });
  });
}
