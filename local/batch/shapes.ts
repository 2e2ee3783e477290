import { z } from 'zod';

/** Shapes of Batch's API that this cloud acts upon; unknown members of containers are kept and shown, but change nothing. */

const text = z.string();
const texts = z.record(z.string(), z.string());

const NamedValue = z.object({ name: text, value: text });
const Requirement = z.object({ type: z.enum(['VCPU', 'MEMORY']), value: text });

const LogConfiguration = z.looseObject({ logDriver: text, options: texts.optional() });

/** The only volumes without a home on this machine are those of other services. */
const Volume = z.strictObject({ name: text, host: z.object({}).optional() });

const container = {
  image: text,
  command: z.array(text).optional(),
  environment: z.array(NamedValue).default([]),
  resourceRequirements: z.array(Requirement).default([]),
  logConfiguration: LogConfiguration.optional(),
  secrets: z.array(z.never()).optional(),
  privileged: z.literal(false).optional(),
};

export const ContainerShape = z.looseObject({
  ...container,
  jobRoleArn: text.optional(),
  executionRoleArn: text.optional(),
  volumes: z.array(Volume).optional(),
});
export type ContainerShape = z.infer<typeof ContainerShape>;

const MAX_STOP_SECONDS = 120;

const EcsContainer = z.looseObject({
  ...container,
  name: text.optional(),
  essential: z.boolean().optional(),
  firelensConfiguration: z.undefined().optional(),
  stopTimeout: z.coerce.number().int().min(0).max(MAX_STOP_SECONDS).optional(),
});

const EcsTask = z.looseObject({
  containers: z.tuple([EcsContainer]),
  taskRoleArn: text.optional(),
  executionRoleArn: text.optional(),
  volumes: z.array(Volume).optional(),
});

export const EcsShape = z.strictObject({ taskProperties: z.tuple([EcsTask]) });
export type EcsShape = z.infer<typeof EcsShape>;

/** Letters, digits, period, colon and white space, then at most one star. */
const pattern = z
  .string()
  .max(512)
  .regex(/^[A-Za-z0-9.:\s]*\*?$/);

const ExitRule = z.strictObject({
  action: z.preprocess((word) => (typeof word === 'string' ? word.toUpperCase() : word), z.enum(['RETRY', 'EXIT'])),
  onExitCode: z
    .string()
    .max(512)
    .regex(/^\d*\*?$/)
    .optional(),
  onReason: pattern.optional(),
  onStatusReason: pattern.optional(),
});

const MAX_ATTEMPTS = 10;
const MAX_RULES = 5;

export const JobRetry = z.strictObject({
  attempts: z.coerce.number().int().min(1).max(MAX_ATTEMPTS).default(1),
  evaluateOnExit: z.array(ExitRule).max(MAX_RULES).default([]),
});
export type JobRetry = z.infer<typeof JobRetry>;

export const JobTimeout = z.strictObject({ attemptDurationSeconds: z.coerce.number().int().optional() });

/** A job definition's content, as RegisterJobDefinition takes it. */
export const DefinitionShape = z.strictObject({
  type: z.literal('container'),
  parameters: texts.default({}),
  platformCapabilities: z.array(z.literal('FARGATE')).default(['FARGATE']),
  containerProperties: ContainerShape.optional(),
  ecsProperties: EcsShape.optional(),
  retryStrategy: JobRetry.optional(),
  timeout: JobTimeout.optional(),
  propagateTags: z.boolean().default(false),
  tags: texts.default({}),
});
export type DefinitionShape = z.infer<typeof DefinitionShape>;

const overrides = {
  environment: z.array(NamedValue).default([]),
  command: z.array(text).optional(),
  resourceRequirements: z.array(Requirement).default([]),
};

export const ContainerOverrides = z.strictObject(overrides);
export type ContainerOverrides = z.infer<typeof ContainerOverrides>;

export const EcsOverrides = z.strictObject({
  taskProperties: z.tuple([z.strictObject({ containers: z.tuple([z.strictObject({ ...overrides, name: text.optional() })]) })]),
});

/** SubmitJob; what is missing here (dependencies, shares, nodes, pods) is refused by name. */
export const SubmitShape = z.strictObject({
  jobName: text,
  jobQueue: text,
  jobDefinition: text,
  arrayProperties: z.strictObject({ size: z.number().int().optional() }).optional(),
  containerOverrides: ContainerOverrides.optional(),
  ecsPropertiesOverride: EcsOverrides.optional(),
  dependsOn: z.array(z.never()).optional(),
  parameters: texts.default({}),
  retryStrategy: JobRetry.optional(),
  timeout: JobTimeout.optional(),
  propagateTags: z.boolean().optional(),
  tags: texts.default({}),
});
export type SubmitShape = z.infer<typeof SubmitShape>;
