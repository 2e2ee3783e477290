import { ClientError } from './errors';
import type { ContainerOverrides, ContainerShape, DefinitionShape, SubmitShape } from './shapes';

type Overridable = Pick<ContainerShape, 'command' | 'environment' | 'resourceRequirements'>;

/** Later entries win by their key; the order of the first is kept. */
function merged<T>(first: readonly T[], later: readonly T[], keyOf: (item: T) => string): T[] {
  return [...new Map([...first, ...later].map((item) => [keyOf(item), item])).values()];
}

function overridden<T extends Overridable>(container: T, overrides: ContainerOverrides | undefined): T {
  if (!overrides) return container;
  return {
    ...container,
    command: overrides.command ?? container.command,
    environment: merged(container.environment, overrides.environment, ({ name }) => name),
    resourceRequirements: merged(container.resourceRequirements, overrides.resourceRequirements, ({ type }) => type),
  };
}

/** A definition's container with what a submission says instead; overrides must be of the definition's own kind. */
export function withOverrides(shape: DefinitionShape, wish: SubmitShape): Pick<DefinitionShape, 'containerProperties' | 'ecsProperties'> {
  if (shape.containerProperties) {
    if (wish.ecsPropertiesOverride) throw new ClientError('ecsPropertiesOverride is for job definitions with ecsProperties');
    return { containerProperties: overridden(shape.containerProperties, wish.containerOverrides) };
  }
  if (!shape.ecsProperties || wish.containerOverrides)
    throw new ClientError('containerOverrides is for job definitions with containerProperties');
  const [task] = shape.ecsProperties.taskProperties;
  const [container] = task.containers;
  const [override] = wish.ecsPropertiesOverride?.taskProperties[0].containers ?? [];
  if (override?.name !== undefined && override.name !== container.name) {
    throw new ClientError(`container ${override.name} is not in the job definition, which has ${container.name}`);
  }
  return { ecsProperties: { taskProperties: [{ ...task, containers: [overridden(container, override)] }] } };
}
