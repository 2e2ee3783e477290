import { createHash } from 'node:crypto';
import type { ResourceIdentity } from '../kernel/types';

/** Hexadecimal digits that belong to a resource for ever, as EC2's ids have them. */
export const digits = ({ stackName, logicalId }: Pick<ResourceIdentity, 'stackName' | 'logicalId'>, length: number): string =>
  createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex').slice(0, length);
