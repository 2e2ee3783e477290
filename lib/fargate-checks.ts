import { Stack } from 'aws-cdk-lib';
import { CfnComputeEnvironment, CfnJobDefinition, CfnJobQueue } from 'aws-cdk-lib/aws-batch';
import type { IConstruct } from 'constructs';
import { FARGATE_VCPUS, legalMemories } from '../core/submit/fargate';

/** What CDK accepts and AWS Batch refuses, or worse, takes in silence; found at synth, and only here. */

/** Limits of AWS Batch. */
const MAX_ATTEMPTS = 10;
const MAX_RULES = 5;
const MIN_TIMEOUT_SECONDS = 60;
const MAX_ENVIRONMENTS = 3;
/** Reason patterns: letters, digits, `.`, `:` and space, with `*` at the end only. */
const REASON_PATTERN = /^[A-Za-z0-9.: ]*\*?$/;

interface Rule {
  readonly action: string;
  readonly onStatusReason?: string;
  readonly onReason?: string;
  readonly onExitCode?: string;
}

export interface JobLimits {
  readonly vcpu?: number;
  readonly memoryMiB?: number;
  readonly attempts?: number;
  readonly rules?: readonly Rule[];
  readonly timeoutSeconds?: number;
}

const pairFaults = ({ vcpu, memoryMiB }: JobLimits): readonly string[] => {
  if (vcpu === undefined || memoryMiB === undefined) return ['a Fargate job needs both VCPU and MEMORY'];
  const legal = legalMemories(vcpu);
  if (legal.length === 0) return [`${vcpu} vCPU is no Fargate size, allowed: ${FARGATE_VCPUS.join(', ')}`];
  return legal.includes(memoryMiB) ? [] : [`${memoryMiB} MiB is not legal with ${vcpu} vCPU on Fargate, allowed: ${legal.join(', ')} MiB`];
};

const isCatchAll = (rule: Rule | undefined): boolean =>
  rule?.action.toUpperCase() === 'EXIT' && rule.onReason === '*' && rule.onStatusReason === undefined && rule.onExitCode === undefined;

const ruleFaults = (rules: readonly Rule[]): readonly string[] => [
  ...(rules.length > MAX_RULES ? [`${rules.length} retry rules, allowed: at most ${MAX_RULES}`] : []),
  ...(isCatchAll(rules.at(-1)) ? [] : ['the last retry rule must be EXIT on reason "*": a failure that no rule matches is retried']),
  ...rules
    .flatMap(({ onReason, onStatusReason }) => [onReason, onStatusReason])
    .filter((pattern) => pattern !== undefined && !REASON_PATTERN.test(pattern))
    .map((pattern) => `retry pattern "${pattern}", allowed: letters, digits, ".", ":" and space, then at most one "*"`),
];

/** What is wrong with a job definition; empty when AWS Batch will take it as meant. */
export function jobFaults(limits: JobLimits): readonly string[] {
  const { attempts = 1, rules = [], timeoutSeconds } = limits;
  return [
    ...pairFaults(limits),
    ...(attempts < 1 || attempts > MAX_ATTEMPTS ? [`${attempts} attempts, allowed: 1 to ${MAX_ATTEMPTS}`] : []),
    ...(attempts > 1 ? ruleFaults(rules) : []),
    ...(timeoutSeconds === undefined ? ['a job without a timeout may run, and cost, for ever'] : []),
    ...(timeoutSeconds !== undefined && timeoutSeconds < MIN_TIMEOUT_SECONDS
      ? [`timeout of ${timeoutSeconds} s, allowed: at least ${MIN_TIMEOUT_SECONDS} s`]
      : []),
  ];
}

/** What is wrong with a queue over compute environments of these types (`FARGATE`, `FARGATE_SPOT`, `EC2`, `SPOT`). */
export function queueFaults(types: readonly string[]): readonly string[] {
  const fargate = types.filter((type) => type.startsWith('FARGATE'));
  return [
    ...(types.length === 0 ? ['a queue needs a compute environment'] : []),
    ...(types.length > MAX_ENVIRONMENTS ? [`${types.length} compute environments in a queue, allowed: at most ${MAX_ENVIRONMENTS}`] : []),
    ...(fargate.length > 0 && fargate.length < types.length
      ? [`a queue over ${types.join(', ')}: Fargate and EC2 cannot share a queue`]
      : []),
  ];
}

const requirement = (container: CfnJobDefinition.ContainerPropertiesProperty, type: string): number | undefined => {
  const found = (container.resourceRequirements as readonly CfnJobDefinition.ResourceRequirementProperty[] | undefined)?.find(
    (each) => each.type === type,
  );
  return found?.value === undefined ? undefined : Number(found.value);
};

function faultsOfDefinition(definition: CfnJobDefinition): readonly string[] {
  const resolved = Stack.of(definition).resolve({
    container: definition.containerProperties,
    retry: definition.retryStrategy,
    timeout: definition.timeout,
  });
  return jobFaults({
    vcpu: requirement(resolved.container ?? {}, 'VCPU'),
    memoryMiB: requirement(resolved.container ?? {}, 'MEMORY'),
    attempts: resolved.retry?.attempts,
    rules: resolved.retry?.evaluateOnExit,
    timeoutSeconds: resolved.timeout?.attemptDurationSeconds,
  });
}

function faultsOfQueue(queue: CfnJobQueue, environments: readonly CfnComputeEnvironment[]): readonly string[] {
  const stack = Stack.of(queue);
  const order: readonly { computeEnvironment: unknown }[] = stack.resolve(queue.computeEnvironmentOrder) ?? [];
  const types = order.map(({ computeEnvironment }) => {
    const used = environments.find((each) => JSON.stringify(computeEnvironment).includes(`"${stack.resolve(each.logicalId)}"`));
    return used ? String(stack.resolve(used.computeResources)?.type) : 'UNKNOWN';
  });
  return queueFaults(types.filter((type) => type !== 'UNKNOWN'));
}

/** Faults of every Batch resource below a construct, each with the path of the resource it is about. */
export function batchFaults(scope: IConstruct): string[] {
  const all = scope.node.findAll();
  const environments = all.filter((node) => node instanceof CfnComputeEnvironment);
  const say = (node: IConstruct, faults: readonly string[]): string[] => faults.map((fault) => `${node.node.path}: ${fault}`);
  return all.flatMap((node) => {
    if (node instanceof CfnJobDefinition) return say(node, faultsOfDefinition(node));
    return node instanceof CfnJobQueue ? say(node, faultsOfQueue(node, environments)) : [];
  });
}
