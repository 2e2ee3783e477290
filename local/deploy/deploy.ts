import type { Assembly } from '../assembly/load';
import { NotEmulatedError } from '../kernel/errors';
import type { DeployedResource, ResourceProvider } from '../kernel/types';

export type Providers = ReadonlyMap<string, ResourceProvider>;

/** Providers by resource type; of two for the same type the later wins, so services come after the passive ones. */
export const providersByType = (...groups: readonly (readonly ResourceProvider[])[]): Providers =>
  new Map(groups.flat().map((provider) => [provider.type, provider]));

/** Refuses an assembly with resource types that nothing here brings up, naming all of them with where they are. */
export function refuseUnknownTypes({ stacks }: Assembly, providers: Providers): void {
  const unknown = stacks.flatMap(({ name, template }) =>
    Object.entries(template.Resources)
      .filter(([, { Type }]) => !providers.has(Type))
      .map(([logicalId, { Type }]) => `${Type} (${name}.${logicalId})`),
  );
  if (unknown.length > 0) throw new NotEmulatedError(unknown.join(', '));
}

/** The provider of a type that `refuseUnknownTypes` has let pass. */
export function providerOf(providers: Providers, type: string): ResourceProvider {
  const provider = providers.get(type);
  if (!provider) throw new NotEmulatedError(`resource type ${type}`);
  return provider;
}

/** ARNs of the functions behind custom resources: those are done natively here, so the functions are never called. */
export function unneededFunctions(resources: readonly DeployedResource[]): ReadonlySet<string> {
  const tokens = resources.filter(({ type }) => type.startsWith('Custom::')).map(({ properties }) => String(properties.ServiceToken));
  return new Set(tokens);
}

/** Roles that only such functions have, and that nothing here ever takes on. */
export function unneededRoles(resources: readonly DeployedResource[]): ReadonlySet<string> {
  const unneeded = unneededFunctions(resources);
  const functions = resources.filter(({ type }) => type === 'AWS::Lambda::Function');
  const roles = (needed: boolean): readonly string[] =>
    functions.filter(({ attributes }) => !unneeded.has(attributes.Arn ?? '') === needed).map(({ properties }) => String(properties.Role));
  const kept = new Set(roles(true));
  return new Set(roles(false).filter((role) => !kept.has(role)));
}

/** Brings resources up in the given order; each provider updates what exists already. */
export async function deploy(resources: readonly DeployedResource[], providers: Providers): Promise<void> {
  const unneeded = unneededFunctions(resources);
  for (const resource of resources) {
    if (unneeded.has(resource.attributes.Arn ?? '')) continue;
    await providerOf(providers, resource.type).create(resource);
  }
}
