import { z } from 'zod';
import { ApiError, NotEmulatedError } from '../kernel/errors';
import type { DeployedResource, ResourceProvider } from '../kernel/types';

/** Templates may write numbers and flags as strings. */
export const number = z.coerce.number();
export const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')]);

/** A property that changes nothing on this machine, such as tags or encryption keys. */
export const ignored = z.unknown().optional();

const where = ({ type, stackName, logicalId }: DeployedResource): string => `${type} ${stackName}/${logicalId}`;

/** A resource's properties as its service understands them; one that it does not know is refused by name. */
export function propertiesOf<T>(schema: z.ZodType<T>, resource: DeployedResource): T {
  const parsed = schema.safeParse(resource.properties);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).join('.');
  if (issue?.code === 'unrecognized_keys') {
    throw new NotEmulatedError(`property ${[path, issue.keys.join(', ')].filter(Boolean).join('.')} of ${where(resource)}`);
  }
  throw new ApiError('ValidationError', `property ${path} of ${where(resource)}: ${issue?.message}`);
}

/** A resource type that the kernel reads from the template by itself, so that nothing is left to bring up. */
export const declared = (type: string, identify: ResourceProvider['identify']): ResourceProvider => ({
  type,
  identify,
  create: async () => undefined,
});
