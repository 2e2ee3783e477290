import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadAssembly } from '../../local/assembly/load';
import { Resolver } from '../../local/assembly/resolver';
import { type Providers, providerOf } from '../../local/deploy/deploy';
import type { DeployedResource, ResourceProvider } from '../../local/kernel/types';
import { temporaryFolder } from './cloud-assembly';

/** A provider whose resources are called `<stack>-<logical id>`, and which keeps what was created. */
export function aProvider(type: string, created: DeployedResource[] = []): ResourceProvider {
  return {
    type,
    identify: ({ stackName, logicalId }) => ({
      ref: `${stackName}-${logicalId}`,
      attributes: { Arn: `arn:of:${stackName}-${logicalId}`, 'Nested.Name': 'nested' },
    }),
    create: async (resource) => void created.push(resource),
  };
}

/** Writes a cloud assembly of hand-written templates, by stack name. */
export function anAssembly(stacks: Readonly<Record<string, object>>): string {
  const folder = path.join(temporaryFolder(), 'cdk.out');
  mkdirSync(folder);
  const artifacts = Object.fromEntries(
    Object.keys(stacks).map((name) => [name, { type: 'aws:cloudformation:stack', properties: { templateFile: `${name}.json` } }]),
  );
  writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify({ version: '55.0.0', artifacts }));
  for (const [name, template] of Object.entries(stacks)) writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(template));
  return folder;
}

/** The assembly of a folder with every name resolved. */
export const resolverOf = (folder: string, providers: Providers): Resolver =>
  new Resolver(loadAssembly(folder), (type) => providerOf(providers, type).identify);

/** A resource as deployed, with nothing in it. */
export const aResource = (overrides: Partial<DeployedResource> = {}): DeployedResource => ({
  stackName: 'S',
  logicalId: 'R',
  type: 'T',
  ref: 'S-R',
  attributes: {},
  properties: {},
  assetPath: (locator) => {
    throw new RangeError(`no asset ${locator} in this test`);
  },
  ...overrides,
});
