import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ApiError } from '../kernel/errors';
import type { DeployedResource } from '../kernel/types';
import { ignored, number, propertiesOf } from '../messaging/properties';

/** A function as the template declares it. */
export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly runtime: string;
  readonly handler: string;
  /** Folder with the bundled code. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly logGroup: string;
  readonly concurrency: number;
  /** What of it this machine cannot run; such a function may exist but not be invoked. */
  readonly notEmulated?: string;
}

/** Without a reservation, as many invocations at once as a laptop bears; AWS's default is 1,000 for the whole account. */
const DEFAULT_CONCURRENCY = 8;
const NODE_RUNTIME = /^nodejs\d+\.x$/;

const text = z.coerce.string();

const FunctionProperties = z.strictObject({
  FunctionName: z.string().optional(),
  Code: z.object({ S3Key: z.string().optional(), ZipFile: z.string().optional(), ImageUri: z.string().optional() }),
  Handler: z.string().default(''),
  Runtime: z.string().default('container image'),
  Role: z.string(),
  Environment: z.object({ Variables: z.record(z.string(), text).default({}) }).default({ Variables: {} }),
  Timeout: number.int().min(1).max(900).default(3),
  MemorySize: number.int().min(128).max(10_240).default(128),
  ReservedConcurrentExecutions: number.int().min(0).default(DEFAULT_CONCURRENCY),
  LoggingConfig: z.object({ LogGroup: z.string().optional() }).optional(),
  Layers: z.array(z.string()).default([]),
  PackageType: ignored,
  Architectures: ignored,
  Description: ignored,
  EphemeralStorage: ignored,
  KmsKeyArn: ignored,
  RecursiveLoop: ignored,
  RuntimeManagementConfig: ignored,
  Tags: ignored,
  TracingConfig: ignored,
});
type FunctionProperties = z.infer<typeof FunctionProperties>;

function obstacle({ Runtime, Layers, Code }: FunctionProperties): string | undefined {
  if (!NODE_RUNTIME.test(Runtime)) return `the runtime ${Runtime}`;
  if (Layers.length > 0) return 'a Lambda layer';
  if (Code.S3Key === undefined && Code.ZipFile === undefined) return 'code without an asset';
  return undefined;
}

/** Inline code becomes a file like any other. */
function inlineRoot(stateDir: string, name: string, source: string): string {
  const root = join(stateDir, 'lambda', name);
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'index.js'), source);
  return root;
}

function rootOf(resource: DeployedResource, { Code }: FunctionProperties, stateDir: string): string {
  if (Code.ZipFile !== undefined) return inlineRoot(stateDir, resource.ref, Code.ZipFile);
  return Code.S3Key === undefined ? '' : resource.assetPath(Code.S3Key);
}

/** Lambda's limit for all variables together, names and values. */
const MAX_ENVIRONMENT_BYTES = 4096;

function checkEnvironment(name: string, variables: Readonly<Record<string, string>>): void {
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  if (bytes <= MAX_ENVIRONMENT_BYTES) return;
  const message = `the environment of ${name} has ${bytes} bytes, at most ${MAX_ENVIRONMENT_BYTES} are allowed`;
  throw new ApiError('InvalidParameterValueException', message);
}

/** Reads an `AWS::Lambda::Function`; code that cannot run here is noted, not refused, because a template may carry helpers of CDK. */
export function definitionOf(resource: DeployedResource, stateDir: string): FunctionDefinition {
  const properties = propertiesOf(FunctionProperties, resource);
  const arn = resource.attributes.Arn;
  if (!arn) throw new ApiError('ValidationError', `${resource.logicalId} has no attribute Arn`);
  checkEnvironment(resource.ref, properties.Environment.Variables);
  const notEmulated = obstacle(properties);
  return {
    name: resource.ref,
    arn,
    roleArn: properties.Role,
    runtime: properties.Runtime,
    handler: properties.Handler,
    root: notEmulated ? '' : rootOf(resource, properties, stateDir),
    environment: properties.Environment.Variables,
    timeoutSeconds: properties.Timeout,
    memoryMb: properties.MemorySize,
    logGroup: properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${resource.ref}`,
    concurrency: properties.ReservedConcurrentExecutions,
    notEmulated: notEmulated && `${notEmulated} of the function ${resource.ref}`,
  };
}
