import { access } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ConfigFailure } from '../../failures';
import type { ProcessorModule } from '../../processor';

const whole = z.number().int().positive();
const time = z.number().nonnegative();
const rule = z.object({
  attempts: whole.optional(),
  baseMs: time.optional(),
  maxMs: time.optional(),
  onExhausted: z.enum(['fail', 'skip']).optional(),
});

/** More calls in flight than this are a mistake, or a job for a larger task. */
const MAX_CONCURRENCY = 1000;

/** What a module may say beside its functions. */
const Options = z.object({
  concurrency: whole.max(MAX_CONCURRENCY).optional(),
  rateLimit: z.strictObject({ perSecond: z.number().positive(), perTask: whole.optional() }).optional(),
  retry: z.strictObject({ ...rule.shape, byError: z.record(z.string(), z.strictObject(rule.shape)).optional() }).optional(),
  timeoutMs: z.number().positive().optional(),
});

/** Loads a processor from the jobs folder: bundled to JavaScript in the worker's image, as it is elsewhere. */
export async function loadProcessor(jobsFolder: string, modulePath: string): Promise<ProcessorModule> {
  const source = path.resolve(jobsFolder, modulePath);
  const bundled = source.replace(/\.[cm]?ts$/, '.js');
  const file = await access(bundled).then(
    () => bundled,
    () => source,
  );
  const exported = defaultOf(await importModule(file));
  if (!isProcessor(exported)) {
    throw new ConfigFailure(
      `${modulePath} has no processor as its default export`,
      'write: export default defineProcessor({ process(record) { … } })',
    );
  }
  checkOptions(exported, modulePath);
  return exported;
}

async function importModule(file: string): Promise<unknown> {
  try {
    return await import(file);
  } catch (thrown) {
    throw new ConfigFailure(
      `${path.basename(file)} cannot be loaded: ${String(thrown)}`,
      'check the path and the imports of process.module',
    );
  }
}

/** A CommonJS bundle that is imported dynamically wraps its default export once more. */
function defaultOf(loaded: unknown): unknown {
  const exported = loaded as { readonly default?: unknown } | undefined;
  return isProcessor(exported) || exported?.default === undefined ? exported : defaultOf(exported.default);
}

const isProcessor = (value: unknown): value is ProcessorModule =>
  typeof value === 'object' && value !== null && 'process' in value && typeof value.process === 'function';

function checkOptions(processor: ProcessorModule, modulePath: string): void {
  const { error } = Options.safeParse(processor);
  if (!error) return;
  const [issue] = error.issues;
  const at = (issue?.path ?? []).map(String);
  const received = at.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], processor);
  throw new ConfigFailure(
    `${modulePath}: ${at.join('.')} is ${JSON.stringify(received)}: ${issue?.message}`,
    'mend what is handed to defineProcessor; docs/processors.md tells what is allowed',
  );
}
