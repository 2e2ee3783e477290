import { z } from 'zod';
import { NotEmulatedError } from '../kernel/errors';
import type { DeployedResource } from '../kernel/types';
import { ignored, number, propertiesOf } from '../messaging/properties';
import { compile, type Predicate } from './pattern';
import { parseSchedule, type Schedule } from './schedule';
import { type InputWish, parsePath, type RuleIdentity } from './transform';

export interface Target {
  readonly id: string;
  readonly arn: string;
  readonly wish: InputWish;
  readonly maxAgeMs: number;
  readonly maxRetries: number;
  readonly deadLetterArn?: string;
}

export interface Rule extends RuleIdentity {
  readonly enabled: boolean;
  readonly pattern?: unknown;
  readonly matches?: Predicate;
  readonly schedule?: Schedule;
  readonly expression?: string;
  readonly targets: readonly Target[];
}

/** EventBridge's own defaults for a target. */
const DEFAULT_AGE_SECONDS = 86_400;
const DEFAULT_RETRIES = 185;

const TargetProperties = z.strictObject({
  Id: z.string(),
  Arn: z.string(),
  Input: z.string().optional(),
  InputPath: z.string().optional(),
  InputTransformer: z.object({ InputPathsMap: z.record(z.string(), z.string()).default({}), InputTemplate: z.string() }).optional(),
  RetryPolicy: z
    .object({
      MaximumEventAgeInSeconds: number.min(60).max(DEFAULT_AGE_SECONDS).default(DEFAULT_AGE_SECONDS),
      MaximumRetryAttempts: number.min(0).max(DEFAULT_RETRIES).default(DEFAULT_RETRIES),
    })
    .default({ MaximumEventAgeInSeconds: DEFAULT_AGE_SECONDS, MaximumRetryAttempts: DEFAULT_RETRIES }),
  DeadLetterConfig: z.object({ Arn: z.string().optional() }).optional(),
});

const RuleProperties = z.strictObject({
  Name: z.string().optional(),
  EventBusName: z.string().optional(),
  EventPattern: z.unknown().optional(),
  ScheduleExpression: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z.array(TargetProperties).default([]),
  Description: ignored,
  Tags: ignored,
});

const SERVICES = ['sqs', 'lambda', 'sns'];

function targetOf(properties: z.infer<typeof TargetProperties>): Target {
  const { InputTransformer: transformer, RetryPolicy: retry } = properties;
  const service = properties.Arn.split(':')[2] ?? '';
  if (!SERVICES.includes(service)) throw new NotEmulatedError(`the event target ${properties.Arn}`);
  for (const path of [properties.InputPath ?? '$', ...Object.values(transformer?.InputPathsMap ?? {})]) parsePath(path);
  return {
    id: properties.Id,
    arn: properties.Arn,
    wish: {
      input: properties.Input,
      inputPath: properties.InputPath,
      transformer: transformer && { paths: transformer.InputPathsMap, template: transformer.InputTemplate },
    },
    maxAgeMs: retry.MaximumEventAgeInSeconds * 1000,
    maxRetries: retry.MaximumRetryAttempts,
    deadLetterArn: properties.DeadLetterConfig?.Arn,
  };
}

const DEFAULT_BUS = /(^|\/)default$/;

/** Reads an `AWS::Events::Rule`; its pattern and schedule are checked now. */
export function ruleOf(resource: DeployedResource): Rule {
  const properties = propertiesOf(RuleProperties, resource);
  if (!DEFAULT_BUS.test(properties.EventBusName ?? 'default')) throw new NotEmulatedError(`the event bus ${properties.EventBusName}`);
  return {
    name: resource.ref,
    arn: resource.attributes.Arn ?? '',
    enabled: properties.State === 'ENABLED',
    pattern: properties.EventPattern,
    matches: properties.EventPattern === undefined ? undefined : compile(properties.EventPattern),
    expression: properties.ScheduleExpression,
    schedule: properties.ScheduleExpression === undefined ? undefined : parseSchedule(properties.ScheduleExpression),
    targets: properties.Targets.map(targetOf),
  };
}
