import { FARGATE_VCPUS, legalMemories } from '../../core/submit/fargate';
import { ClientError } from './errors';
import type { DefinitionShape } from './shapes';
import { type Task, taskOf } from './task';

/** AWS Batch's own; tests that wait for a timeout lower it. */
export const MINIMUM_TIMEOUT_SECONDS = 60;

const MIN_ARRAY = 2;
const MAX_ARRAY = 10_000;
const KIB = 1024;
const MAX_SUBMISSION_KIB = 30;
const MAX_DEFINITION_KIB = 24;
/** ECS counts the whole JSON of a task's overrides. */
const MAX_OVERRIDE_CHARS = 8192;
const MAX_TAGS = 50;

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

export function checkName(what: string, name: string): void {
  if (NAME.test(name)) return;
  throw new ClientError(
    `${what} should match valid pattern: a letter or number, then up to 127 letters, numbers, hyphens and underscores; received "${name}"`,
  );
}

/** A vCPU and memory pair that Fargate has. */
function checkSize({ vcpu, memoryMiB }: Task): void {
  if (Number.isNaN(vcpu) || Number.isNaN(memoryMiB)) throw new ClientError('Fargate job needs resource requirements VCPU and MEMORY');
  const legal = legalMemories(vcpu);
  if (legal.includes(memoryMiB)) return;
  const allowed = legal.length > 0 ? `${legal.join(', ')} MiB with ${vcpu} vCPU` : `${FARGATE_VCPUS.join(', ')} vCPU`;
  throw new ClientError(`Fargate resource requirements (${vcpu.toFixed(2)} vCPU, ${memoryMiB} MiB) not valid. Allowed: ${allowed}`);
}

function checkEnvironment({ environment }: Pick<Task, 'environment'>): void {
  const reserved = environment.find(({ name }) => name.startsWith('AWS_BATCH'));
  if (reserved) throw new ClientError(`Environment variable ${reserved.name} is reserved: names cannot start with AWS_BATCH`);
}

/** What a definition and a submission, merged with it, both must keep to. */
export function checkTask(task: Task): void {
  checkSize(task);
  checkEnvironment(task);
}

export function checkTimeout(seconds: number | undefined, minimum: number): void {
  if (seconds !== undefined && seconds < minimum) {
    throw new ClientError(`Timeout attemptDurationSeconds must be at least ${minimum} seconds, received ${seconds}`);
  }
}

export function checkTags(tags: Readonly<Record<string, string>>): void {
  const count = Object.keys(tags).length;
  if (count > MAX_TAGS) throw new ClientError(`A job may have at most ${MAX_TAGS} tags, received ${count}`);
}

export function checkArray(size: number | undefined): void {
  if (size === undefined || (size >= MIN_ARRAY && size <= MAX_ARRAY)) return;
  throw new ClientError(`Array size must be between ${MIN_ARRAY} and ${MAX_ARRAY}, received ${size}`);
}

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

export function checkSubmissionBytes(request: unknown): void {
  const bytes = jsonBytes(request);
  if (bytes <= MAX_SUBMISSION_KIB * KIB) return;
  throw new ClientError(`Job size must be less than ${MAX_SUBMISSION_KIB} KiB, got ${Math.ceil(bytes / KIB)} KiB`);
}

export function checkOverrides(overrides: unknown): void {
  if (JSON.stringify(overrides ?? {}).length > MAX_OVERRIDE_CHARS) {
    throw new ClientError(`Container Overrides length must be at most ${MAX_OVERRIDE_CHARS}`);
  }
}

export function checkDefinition(shape: DefinitionShape, minimumTimeoutSeconds: number): void {
  if ((shape.containerProperties === undefined) === (shape.ecsProperties === undefined)) {
    throw new ClientError('a job definition of type container has either containerProperties or ecsProperties');
  }
  checkTask(taskOf(shape));
  checkTimeout(shape.timeout?.attemptDurationSeconds, minimumTimeoutSeconds);
  if (jsonBytes(shape) > MAX_DEFINITION_KIB * KIB) {
    throw new ClientError(`Job definition size must be less than ${MAX_DEFINITION_KIB} KiB, got ${Math.ceil(jsonBytes(shape) / KIB)} KiB`);
  }
}
