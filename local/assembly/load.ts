import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { NotEmulatedError } from '../kernel/errors';
import { ACCOUNT, REGION } from '../kernel/types';
import { type Assets, readAssets } from './assets';
import { parseTemplate, type Template } from './template';

/** One stack of the assembly, with nothing resolved yet. */
export interface StackTemplate {
  readonly name: string;
  readonly template: Template;
}

/** What `cdk synth` wrote: stacks in an order in which each follows those it depends on. */
export interface Assembly {
  readonly stacks: readonly StackTemplate[];
  readonly assets: Assets;
}

const Artifact = z.object({
  type: z.string(),
  environment: z.string().optional(),
  dependencies: z.array(z.string()).default([]),
  properties: z
    .object({
      file: z.string().optional(),
      templateFile: z.string().optional(),
      stackName: z.string().optional(),
      directoryName: z.string().optional(),
    })
    .optional(),
});
type Artifact = z.infer<typeof Artifact>;

const Manifest = z.object({ artifacts: z.record(z.string(), Artifact).default({}) });

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

function readManifest(folder: string): Readonly<Record<string, Artifact>> {
  const file = path.join(folder, 'manifest.json');
  if (!existsSync(file)) throw new RangeError(`no cloud assembly at ${folder}: it has no manifest.json, run cdk synth first`);
  return Manifest.parse(readJson(file)).artifacts;
}

/** Artifact ids with every dependency before its dependents. */
function inDependencyOrder(artifacts: Readonly<Record<string, Artifact>>): readonly string[] {
  const ordered = new Set<string>();
  const visit = (id: string, path: readonly string[]): void => {
    if (path.includes(id)) throw new RangeError(`stacks depend on each other in a circle: ${[...path, id].join(' -> ')}`);
    if (ordered.has(id)) return;
    for (const dependency of artifacts[id]?.dependencies ?? []) visit(dependency, [...path, id]);
    ordered.add(id);
  };
  for (const id of Object.keys(artifacts)) visit(id, []);
  return [...ordered];
}

const isElsewhere = (part: string | undefined, here: string): boolean =>
  part !== undefined && part !== here && !part.startsWith('unknown-');

/** A template made for one account carries its number in literals, which would not name anything here. */
function assertEnvironment(stackName: string, environment: string | undefined): void {
  const [, , account, region] = (environment ?? '').split('/');
  if (isElsewhere(account, ACCOUNT) || isElsewhere(region, REGION)) {
    throw new NotEmulatedError(`stack ${stackName} in ${environment} (allowed: no env at all, or account ${ACCOUNT} in region ${REGION})`);
  }
}

function loadStack(folder: string, id: string, artifact: Artifact): StackTemplate {
  const name = artifact.properties?.stackName ?? id;
  assertEnvironment(name, artifact.environment);
  const source = readJson(path.join(folder, artifact.properties?.templateFile ?? `${id}.template.json`));
  return { name, template: parseTemplate(name, source) };
}

const NOTHING: Assembly = { stacks: [], assets: new Map() };

function loadArtifact(folder: string, id: string, artifact: Artifact): Assembly {
  const { file, directoryName } = artifact.properties ?? {};
  if (artifact.type === 'aws:cloudformation:stack') return { ...NOTHING, stacks: [loadStack(folder, id, artifact)] };
  if (artifact.type === 'cdk:asset-manifest' && file !== undefined) return { ...NOTHING, assets: readAssets(path.join(folder, file)) };
  if (artifact.type === 'cdk:cloud-assembly' && directoryName !== undefined) return loadAssembly(path.join(folder, directoryName));
  return NOTHING;
}

/** Reads a cloud assembly and the assemblies of its stages. */
export function loadAssembly(folder: string): Assembly {
  const artifacts = readManifest(folder);
  const loaded = inDependencyOrder(artifacts).flatMap((id) => {
    const artifact = artifacts[id];
    return artifact ? [loadArtifact(folder, id, artifact)] : [];
  });
  return {
    stacks: loaded.flatMap(({ stacks }) => stacks),
    assets: new Map(loaded.flatMap(({ assets }) => [...assets])),
  };
}
