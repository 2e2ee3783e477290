import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jobSchema } from '../core/spec/json-schema';

writeFileSync(join(__dirname, '../docs/job.schema.json'), `${JSON.stringify(jobSchema(), null, 2)}\n`);
