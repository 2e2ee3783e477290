export type { Clock } from './clock';
export { parseDefinition } from './definition';
export { createStepFunctions } from './service';
