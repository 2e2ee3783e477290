import { z } from 'zod';
import { JobSpec } from './schema';

/** The JSON Schema of a job spec as people write it, for completion and checks in editors. */
export function jobSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(JobSpec, { io: 'input', target: 'draft-07' });
  return { ...schema, title: 'Batchwright job', description: 'A job spec: what is read, what is done to it, and what is published.' };
}
