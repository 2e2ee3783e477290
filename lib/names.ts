import type { Stack } from 'aws-cdk-lib';

/** Names that two places must agree on without referring to each other's resources. */

/** Where the report step's metrics go; the dashboard reads the same name. */
export const METRICS_NAMESPACE = 'Batchwright';

/** `source` of the events that this system sends and answers on the default bus. */
export const EVENT_SOURCE = 'batchwright';

export const RUN_REQUESTED = 'Run Requested';
export const SWEEP_REQUESTED = 'Sweep Requested';

/** The stacks, in the order they are deployed. */
export const stackName = (part: 'Storage' | 'Compute' | 'ControlPlane' | 'Monitoring'): string => `Batchwright-${part}`;

/** Known before the state machine exists, so that the functions it calls may be granted it without a cycle. */
export const stateMachineName = (stack: Stack): string => `${stack.stackName}-run`;

/** Every job definition of a stack starts with the stack's name, which is what the submit step's grant relies on. */
export const jobDefinitionName = (stack: Stack, job: string): string => `${stack.stackName}-${job}`;

/** Construct id of what belongs to a job; the prefix keeps a job named `plan` apart from the step. */
export const jobConstructId = (job: string): string => `Job-${job}`;
