import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { z } from 'zod';
import { createNotices, createRunEvents } from '../adapters/aws/announcements';
import { createBatchEngine } from '../adapters/aws/batch-engine';
import { createExecutions } from '../adapters/aws/executions';
import { createJobRevisions } from '../adapters/aws/job-revisions';
import { createVersionListing } from '../adapters/aws/listing';
import { createObjectStore } from '../adapters/aws/object-store';
import { createOpenRuns } from '../adapters/aws/open-runs';
import { createPendingUploads } from '../adapters/aws/pending-uploads';
import type {
  BatchEngine,
  Executions,
  JobRevisions,
  Notices,
  ObjectStore,
  OpenRuns,
  PendingUploads,
  RunEvents,
  VersionListing,
} from '../adapters/ports';
import { cutText } from '../core/cut-text';
import { ANSWER_BYTES, LOG_TEXT_BYTES } from '../core/limits';
import { cutError, errorOf, StepFailure } from '../core/step-failures';
import type { RunMetrics } from './shared/run-metrics';

/** Everything a step may touch; each step names the few that it needs. */
export interface Deps {
  readonly state: ObjectStore;
  readonly input: ObjectStore;
  readonly output: ObjectStore;
  readonly uploads: PendingUploads;
  /** Of the input bucket. */
  readonly listing: VersionListing;
  /** Of the state bucket: texts that are written while they are made. */
  readonly texts: PendingUploads;
  /** Any bucket by name, as far as the step may read it. */
  readonly bucket: (name: string) => ObjectStore;
  readonly batch: BatchEngine;
  readonly executions: Executions;
  readonly open: OpenRuns;
  readonly revisions: JobRevisions;
  readonly events: RunEvents;
  readonly notices: Notices;
  readonly metrics: RunMetrics;
  readonly log: Log;
  /** Ceiling of the compute environment. */
  readonly maxVcpus: number;
  readonly now: () => Date;
  /** In [0, 1). */
  readonly random: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Until the platform ends this call. */
  readonly remainingMs: () => number;
}

export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** A function has only the variables that its step needs, so each is asked for when it is first used. */
const Variable = {
  STATE_BUCKET: z.string().min(1),
  INPUT_BUCKET: z.string().min(1),
  OUTPUT_BUCKET: z.string().min(1),
  STATE_MACHINE_ARN: z.string().optional(),
  SPOT_QUEUE_ARN: z.string().default(''),
  ON_DEMAND_QUEUE_ARN: z.string().default(''),
  /** How the names of this deployment's job definitions start. */
  JOB_DEFINITION_PREFIX: z.string().min(1),
  EVENT_BUS_NAME: z.string().min(1),
  TOPIC_ARN: z.string().min(1),
  MAX_VCPUS: z.coerce.number().positive(),
} as const;

const variable = <Name extends keyof typeof Variable>(name: Name): z.infer<(typeof Variable)[Name]> =>
  z.object({ [name]: Variable[name] }).parse(process.env)[name] as z.infer<(typeof Variable)[Name]>;

const queues = () => ({ spot: variable('SPOT_QUEUE_ARN'), 'on-demand': variable('ON_DEMAND_QUEUE_ARN') });

/** How each dependency is made; made once per function instance, when first asked for. */
const MAKERS: { readonly [Name in keyof Omit<Deps, 'remainingMs'>]: () => Deps[Name] } = {
  state: () => createObjectStore(variable('STATE_BUCKET')),
  input: () => createObjectStore(variable('INPUT_BUCKET')),
  output: () => createObjectStore(variable('OUTPUT_BUCKET')),
  uploads: () => createPendingUploads(variable('OUTPUT_BUCKET')),
  listing: () => createVersionListing(variable('INPUT_BUCKET')),
  texts: () => createPendingUploads(variable('STATE_BUCKET')),
  bucket: () => (name) => createObjectStore(name),
  batch: () => createBatchEngine(queues()),
  executions: () => createExecutions(variable('STATE_MACHINE_ARN')),
  open: () => createOpenRuns(variable('STATE_BUCKET')),
  revisions: () => createJobRevisions(variable('JOB_DEFINITION_PREFIX')),
  events: () => createRunEvents(variable('EVENT_BUS_NAME')),
  notices: () => createNotices(variable('TOPIC_ARN')),
  metrics: () => emfMetrics(new Metrics()),
  log: () => powertoolsLog(new Logger()),
  maxVcpus: () => variable('MAX_VCPUS'),
  now: () => () => new Date(),
  random: () => Math.random,
  pause: () => (milliseconds) => sleep(milliseconds),
};

const powertoolsLog = (logger: Logger): Log => ({
  info: (message, fields = {}) => logger.info(message, cutFields(fields)),
  error: (message, fields = {}) => logger.error(message, cutFields(fields)),
});

/** Fields whose texts fit into one event of a log. */
const cutFields = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? cutText(value, { bytes: LOG_TEXT_BYTES }) : value]),
  );

/** One EMF line per run, with the job as its only dimension: a run id would cost $0.30 a month each. */
const emfMetrics = (metrics: Metrics): RunMetrics => ({
  publish(job, values) {
    metrics.clearDefaultDimensions();
    metrics.addDimension('job', job);
    for (const [name, value] of Object.entries(values)) metrics.addMetric(name, MetricUnit.NoUnit, value);
    metrics.publishStoredMetrics();
  },
});

function lazyDeps(): Omit<Deps, 'remainingMs'> {
  const made = new Map<string, unknown>();
  const deps = {};
  for (const [name, make] of Object.entries(MAKERS)) {
    Object.defineProperty(deps, name, {
      get: () => {
        if (!made.has(name)) made.set(name, make());
        return made.get(name);
      },
    });
  }
  return deps as Deps;
}

/** What a step needs of Lambda's context. */
interface CallContext {
  getRemainingTimeInMillis(): number;
}

/** Called by hand, a step has all the time that it wants. */
const NO_LIMIT_MS = Number.POSITIVE_INFINITY;

/**
 * A step as a Lambda handler: parses its input, and lets neither an answer nor an error out that is too large to travel;
 * importing a step touches neither environment nor AWS. `answerOf` says what of the result is answered.
 */
export function toHandler<Schema extends z.ZodType, Result, Answer = Result>(
  schema: Schema,
  step: (input: z.infer<Schema>, deps: Deps) => Promise<Result>,
  answerOf: (result: Result) => Answer = (result) => result as unknown as Answer,
): (event: unknown, context?: CallContext) => Promise<Answer> {
  const made = lazyDeps();
  return async (event, context) => {
    const deps: Deps = Object.create(made, { remainingMs: { value: () => context?.getRemainingTimeInMillis() ?? NO_LIMIT_MS } });
    try {
      const result = answerOf(await step(schema.parse(event), deps));
      deps.log.info('done', { step: step.name });
      return withinAnswer(result, step.name);
    } catch (thrown) {
      // What is thrown here travels through the state of the run; the log has more of it.
      const { name, message } = errorOf(thrown);
      deps.log.error('failed', { step: step.name, error: name, reason: message });
      throw cutError(thrown);
    }
  };
}

/** An answer that a state can hold: a larger one would end the execution past every Catch, and leave no report. */
function withinAnswer<Answer>(answer: Answer, step: string): Answer {
  const bytes = Buffer.byteLength(JSON.stringify(answer) ?? '');
  if (bytes <= ANSWER_BYTES) return answer;
  throw new StepFailure('CODE', `the answer of ${step} has ${bytes} bytes, at most ${ANSWER_BYTES} are allowed`);
}
