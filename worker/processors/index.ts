import type { JobSpec } from '../../core/spec/schema';
import { tellingTypes } from '../sql/telling-types';
import type { Processor } from '../work';
import { commandProcessor } from './command';
import { filesProcessor } from './files';
import { moduleProcessor } from './module';
import { sqlProcessor } from './sql';

/** The processor that a spec asks for. */
export function processorOf(spec: JobSpec['process']): Processor {
  if ('sql' in spec) return tellingTypes(spec.sql, sqlProcessor(spec.sql));
  if ('module' in spec) return moduleProcessor(spec.module);
  return (work) => (work.files ? filesProcessor(spec, { ...work, files: work.files }) : commandProcessor(spec)(work));
}
