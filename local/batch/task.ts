import type { ContainerShape, DefinitionShape } from './shapes';

type Properties = Pick<DefinitionShape, 'containerProperties' | 'ecsProperties'>;

/** What runs, wherever the definition says it: `containerProperties`, or the one container of `ecsProperties`. */
export interface Task {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly vcpu: number;
  readonly memoryMiB: number;
  readonly jobRoleArn?: string;
  readonly stopSeconds: number;
  readonly logOptions: Readonly<Record<string, string>>;
}

/** ECS waits as long between SIGTERM and SIGKILL when the task does not say. */
const DEFAULT_STOP_SECONDS = 30;

type Runnable = Pick<ContainerShape, 'image' | 'command' | 'environment' | 'resourceRequirements' | 'logConfiguration'>;

function requirement({ resourceRequirements }: Runnable, type: 'VCPU' | 'MEMORY'): number {
  return Number(resourceRequirements.find((one) => one.type === type)?.value ?? Number.NaN);
}

const common = (runnable: Runnable) => ({
  image: runnable.image,
  command: runnable.command,
  environment: runnable.environment,
  vcpu: requirement(runnable, 'VCPU'),
  memoryMiB: requirement(runnable, 'MEMORY'),
  logOptions: runnable.logConfiguration?.options ?? {},
});

export function taskOf({ containerProperties, ecsProperties }: Properties): Task {
  if (containerProperties) {
    const { jobRoleArn } = containerProperties;
    return { ...common(containerProperties), name: 'default', jobRoleArn, stopSeconds: DEFAULT_STOP_SECONDS };
  }
  if (!ecsProperties) throw new RangeError('a job definition has containerProperties or ecsProperties, received neither');
  const [task] = ecsProperties.taskProperties;
  const [container] = task.containers;
  return {
    ...common(container),
    name: container.name ?? 'default',
    jobRoleArn: task.taskRoleArn,
    stopSeconds: container.stopTimeout ?? DEFAULT_STOP_SECONDS,
  };
}
