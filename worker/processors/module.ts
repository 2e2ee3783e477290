import { access } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../core/fault';
import { CodeFailure, ConfigFailure, StoppedError, WorkerFailure } from '../failures';
import type { ProcessorModule } from '../processor';
import { type ReadRecord, readRecords } from '../rows/records';
import { RowWriter } from '../rows/writer';
import { type Validate, validatorOf } from '../schema/validator';
import type { ChunkWork, Processor } from '../work';

/** Runs a function of the job's own over every record of a chunk. */
export const moduleProcessor =
  (modulePath: string): Processor =>
  async (work) => {
    const processor = await loadProcessor(work.jobsFolder, modulePath);
    const writer = new RowWriter(work);
    try {
      await processor.open?.();
      const filtered = await processAll({ work, processor, writer, validate: validatorOf(work.config.schemas.output, 'output') });
      return { parts: await writer.finish(), written: writer.rows, filtered };
    } finally {
      await processor.close?.();
    }
  };

interface Run {
  readonly work: ChunkWork;
  readonly processor: ProcessorModule;
  readonly writer: RowWriter;
  readonly validate: Validate;
}

/** Answers how many records the function filtered out. */
async function processAll(run: Run): Promise<number> {
  let filtered = 0;
  for await (const batch of readRecords(run.work)) {
    await new Promise(setImmediate);
    if (run.work.signal.aborted) throw new StoppedError();
    for (const record of batch) filtered += await processOne(run, record);
  }
  return filtered;
}

const NOT_VALID = new Fault('PARSE', 'is not valid');

/** 1 when the record was filtered out. */
async function processOne(run: Run, record: ReadRecord): Promise<0 | 1> {
  if (record.value === undefined) return setAside(run.work, record, record.fault ?? NOT_VALID);
  let answer: unknown;
  try {
    answer = run.processor.process(record.value, contextOf(record));
    if (answer instanceof Promise) answer = await answer;
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === 'SkipRecordError')
      return setAside(run.work, record, new Fault('SKIPPED', thrown.message));
    throw processorThrew(thrown, record);
  }
  if (answer === null) return 1;
  checkAnswer(answer, record);
  const fault = run.validate(answer);
  if (fault) return setAside(run.work, record, fault);
  await run.writer.add(answer);
  return 0;
}

const contextOf = ({ number, offset, source }: ReadRecord) => ({ record: number, offset, object: source.object });

function setAside({ quarantine }: ChunkWork, { source, offset, number, raw }: ReadRecord, fault: Fault): 0 {
  quarantine.add({ object: source.object, offset, record: number, fault, raw: raw() });
  return 0;
}

const where = ({ number, offset, source }: ReadRecord): string =>
  `record ${number} of the chunk (offset ${offset} of ${source.object.key})`;

function processorThrew(thrown: unknown, record: ReadRecord): WorkerFailure {
  if (thrown instanceof WorkerFailure) return thrown;
  const said = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new CodeFailure(
    `the processor threw at ${where(record)}: ${said}`,
    'mend the processor, or throw SkipRecordError for records it cannot take',
  );
}

function checkAnswer(answer: unknown, record: ReadRecord): asserts answer is Readonly<Record<string, unknown>> {
  if (typeof answer === 'object' && answer !== null && !Array.isArray(answer)) return;
  const got = Array.isArray(answer) ? `an array of ${answer.length}` : typeof answer;
  throw new CodeFailure(
    `the processor answered ${got} for ${where(record)}, allowed: one record or null`,
    'return an object, or null to leave the record out',
  );
}

/** Loads a processor from the jobs folder: bundled to JavaScript in the worker's image, as it is elsewhere. */
async function loadProcessor(jobsFolder: string, modulePath: string): Promise<ProcessorModule> {
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
