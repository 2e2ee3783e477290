import { z } from 'zod';
import { checkCompute } from '../rules';
import { size } from './size';

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
  })
  .superRefine(checkCompute);
