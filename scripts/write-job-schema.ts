import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTables } from '../core/json-schema/tables';
import { jobSchema } from '../core/spec/json-schema';

const page = join(__dirname, '../docs/schemas.md');

writeFileSync(join(__dirname, '../docs/job.schema.json'), `${JSON.stringify(jobSchema(), null, 2)}\n`);
writeFileSync(page, withTables(readFileSync(page, 'utf8')));
