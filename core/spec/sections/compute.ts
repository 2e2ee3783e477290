import { z } from 'zod';
import { GIB } from '../../units';
import { checkCompute } from '../rules';
import { size } from './size';

/** The largest size with 4 vCPU: an account may use 6 at once unless it has asked for more. */
export const MAX_MEMORY_BYTES = 30 * GIB;

export const Compute = z
  .strictObject({
    capacity: z.enum(['spot', 'on-demand']).default('spot').describe('Fargate Spot, or on-demand at full price'),
    architecture: z.enum(['arm64', 'x86_64']).default('arm64').describe('of the worker image'),
    vcpu: z
      .union([z.literal('auto'), z.number().positive()])
      .default('auto')
      .describe('Fargate vCPU: 0.25, 0.5, 1, 2, 4, 8 or 16'),
    memory: z
      .union([z.literal('auto'), size])
      .default('auto')
      .describe('Fargate memory, e.g. 2GiB; it must be legal with the vCPU'),
    onDemandAfter: z
      .number()
      .int()
      .positive()
      .default(2)
      .describe('losses of Spot capacity after which a chunk moves to on-demand capacity'),
    maxMemory: size
      .default(MAX_MEMORY_BYTES)
      .describe('the most memory that a task which ran out of it is given, e.g. 30GiB, with as many vCPU as that needs'),
  })
  .superRefine(checkCompute);
