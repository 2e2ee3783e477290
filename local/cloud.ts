import path from 'node:path';
import { type Assembly, loadAssembly } from './assembly/load';
import { Resolver } from './assembly/resolver';
import { bucketDeploymentProvider } from './deploy/bucket-deployment';
import { deploy, type Providers, providerOf, providersByType, refuseUnknownTypes, unneededRoles } from './deploy/deploy';
import { LocalKernel } from './deploy/local-kernel';
import { passiveProviders } from './deploy/passive';
import { openPrivateState } from './deploy/private-state';
import { lockState } from './deploy/state-lock';
import { Undo } from './deploy/undo';
import { disturbances } from './faults';
import type { FaultPlan } from './faults/plan';
import { Gateway, type Intercept } from './gateway/gateway';
import { Keyring } from './gateway/keyring';
import { Authorizer } from './iam/authorizer';
import { loadPolicies } from './iam/policies';
import { iamProviders } from './iam/providers';
import { type UnusedPermission, Usage } from './iam/usage';
import type { DeployedResource } from './kernel/types';
import { createServices, type Services } from './services';

export interface CloudOptions {
  /** What `cdk synth` wrote. */
  readonly assemblyDir: string;
  /** Holds everything that survives; one cloud at a time. */
  readonly stateDir: string;
  /** @default - that of the last run if it is free, else any free one */
  readonly port?: number;
  /** Lines for people. @default - dropped */
  readonly log?: (line: string) => void;
  /** What should go wrong. @default - nothing does */
  readonly faults?: FaultPlan;
  /** Stands between clients and services. @default - what the fault plan does there */
  readonly intercept?: Intercept;
}

export interface Cloud {
  readonly endpoint: string;
  /** By stack name and output id. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Variables with which any AWS SDK or CLI calls this cloud as its administrator. */
  readonly adminEnvironment: Readonly<Record<string, string>>;
  /** Permissions that roles hold and that no call, in this run or before it, has needed. */
  unusedPermissions(): readonly UnusedPermission[];
  /** Stops at once; what was under way is taken up by the next start. */
  stop(): Promise<void>;
}

interface Deployment {
  readonly resources: readonly DeployedResource[];
  readonly outputs: Cloud['outputs'];
}

/** Gives every resource its identity and properties; nothing is brought up yet. */
function resolveAll(assembly: Assembly, providers: Providers): Deployment {
  refuseUnknownTypes(assembly, providers);
  const resolver = new Resolver(assembly, (type) => providerOf(providers, type).identify);
  return { resources: resolver.deployed(), outputs: resolver.outputs() };
}

const roleArns = (resources: readonly DeployedResource[]): readonly string[] =>
  resources.filter(({ type }) => type === 'AWS::IAM::Role').map(({ attributes }) => attributes.Arn ?? '');

const providersOf = ({ all, s3 }: Services, stateDir: string): Providers =>
  providersByType(
    passiveProviders,
    iamProviders,
    [bucketDeploymentProvider(stateDir, s3)],
    all.flatMap(({ providers }) => providers),
  );

async function bringUp(options: Required<Pick<CloudOptions, 'log'>> & CloudOptions, undo: Undo): Promise<Cloud> {
  const stateDir = path.resolve(options.stateDir);
  const assembly = loadAssembly(options.assemblyDir);
  openPrivateState(stateDir);
  undo.add(lockState(stateDir));
  const keyring = new Keyring(stateDir);
  const faults = options.faults && disturbances(options.faults, stateDir);
  const { gateway, endpoint } = await Gateway.listen({ intercept: faults?.wire, ...options, stateDir, keyring });
  undo.add(() => gateway.close());
  const kernel = new LocalKernel(endpoint, { stateDir, keyring, log: options.log });
  const services = createServices(kernel, faults);
  for (const service of services.all) undo.add(() => service.stop());
  const providers = providersOf(services, stateDir);
  const { resources, outputs } = resolveAll(assembly, providers);
  const authorizer = new Authorizer(loadPolicies(resources), new Usage(stateDir));
  kernel.judgeBy(authorizer, roleArns(resources));
  await deploy(resources, providers);
  for (const service of services.all) await service.start();
  undo.add(() => gateway.hold());
  gateway.open({ services: services.all });
  const unneeded = unneededRoles(resources);
  return {
    endpoint,
    outputs,
    adminEnvironment: keyring.operatorEnvironment(endpoint),
    unusedPermissions: () => authorizer.unused((arn) => !unneeded.has(arn)),
    stop: () => undo.run(),
  };
}

/** Brings up everything that a cloud assembly describes; starting again, with the same or another assembly, continues where it stopped. */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const undo = new Undo();
  const log = options.log ?? (() => undefined);
  try {
    return await bringUp({ ...options, log }, undo);
  } catch (error) {
    await undo.run().catch((failure: unknown) => log(`while stopping: ${failure}`));
    throw error;
  }
}
