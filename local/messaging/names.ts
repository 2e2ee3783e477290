import { createHash } from 'node:crypto';
import { ACCOUNT, REGION, type ResourceIdentity } from '../kernel/types';

const HASH_LENGTH = 8;

/** The name of a resource without an explicit one, within its service's limit: what is cut off is replaced by a hash of the whole. */
export function physicalName({ stackName, logicalId }: Pick<ResourceIdentity, 'stackName' | 'logicalId'>, limit: number): string {
  const full = `${stackName}-${logicalId}`;
  if (full.length <= limit) return full;
  const hash = createHash('sha256').update(full).digest('hex').slice(0, HASH_LENGTH);
  return `${full.slice(0, limit - HASH_LENGTH - 1)}-${hash}`;
}

/** The template's own name for a resource where it gives one, else the derived one. */
export function nameOf(identity: ResourceIdentity, property: string, limit: number): string {
  const explicit = identity.resolve(identity.properties[property]);
  return typeof explicit === 'string' && explicit !== '' ? explicit : physicalName(identity, limit);
}

/** An ARN in the local account; `rest` is everything after the account. */
export const arnOf = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
