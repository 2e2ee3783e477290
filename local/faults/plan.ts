import { z } from 'zod';

/** Errors that services answer with under load or in trouble, and their HTTP status. */
export const ERROR_STATUS = {
  SlowDown: 503,
  ServiceUnavailable: 503,
  InternalError: 500,
  ConditionalRequestConflict: 409,
  ThrottlingException: 400,
  TooManyRequestsException: 429,
} as const;
export type ErrorCode = keyof typeof ERROR_STATUS;

const glob = z.string().min(1).default('*');
const ms = (fallback: number) => z.number().int().min(0).max(600_000).default(fallback);
/** Whether the request has taken effect when its answer is lost. */
const when = z.enum(['before', 'after']).default('before');

/** Where a rule applies, and how often it strikes there: at a rate, at the nth occurrences, or every nth. */
const where = {
  /** Tells rules apart in the list of hits. @default - kind and position */
  name: z.string().min(1).optional(),
  /** `s3`, `batch`, `states`…; for events their source without `aws.`. */
  service: glob,
  /** `PutObject`, `Put*`…; for events their detail type. */
  operation: glob,
  /** Path of the request, ARN of the event's target, name of the function or of the Batch job. */
  target: glob,
  /** ARN of the role that calls. */
  caller: glob,
  rate: z.number().min(0).max(1).optional(),
  nth: z.array(z.number().int().positive()).min(1).optional(),
  every: z.number().int().positive().optional(),
  /** Hits in all, restarts included. */
  limit: z.number().int().positive().optional(),
};

/** The call of a function or a job at which it dies: a number from this range, drawn by the seed, of the calls that match. */
const moment = {
  calls: z
    .tuple([z.number().int().positive(), z.number().int().positive()])
    .refine(([low, high]) => low <= high, 'the first number is the smaller one')
    .default([1, 1]),
  during: glob,
  when,
};

/** So long after it began, drawn by the seed from this range; instead of one of its calls. */
const span = z
  .tuple([z.number().int().min(0), z.number().int().min(0)])
  .refine(([low, high]) => low <= high, 'the first number is the smaller one');

const Rule = z.discriminatedUnion('kind', [
  z.strictObject({ ...where, kind: z.literal('error'), code: z.enum(Object.keys(ERROR_STATUS) as [ErrorCode]), when }),
  z.strictObject({ ...where, kind: z.literal('reset'), when }),
  z.strictObject({ ...where, kind: z.literal('hang'), when, ms: ms(5_000) }),
  z.strictObject({ ...where, kind: z.literal('slow'), ms: ms(500) }),
  z.strictObject({ ...where, kind: z.literal('truncate') }),
  z.strictObject({
    ...where,
    kind: z.literal('flip'),
    body: z.enum(['request', 'response']),
    checksums: z.enum(['keep', 'strip']).default('keep'),
  }),
  z.strictObject({ ...where, kind: z.literal('event-drop') }),
  z.strictObject({ ...where, kind: z.literal('event-double'), ms: ms(100) }),
  z.strictObject({ ...where, kind: z.literal('event-late'), ms: ms(2_000) }),
  z.strictObject({ ...where, kind: z.literal('event-reorder'), ms: ms(2_000) }),
  z.strictObject({ ...where, kind: z.literal('function-throttle') }),
  z.strictObject({ ...where, kind: z.literal('function-kill'), ...moment }),
  z.strictObject({ ...where, kind: z.literal('function-lost') }),
  z.strictObject({ ...where, kind: z.literal('function-timeout') }),
  z.strictObject({
    ...where,
    kind: z.literal('task-reclaim'),
    ...moment,
    afterMs: span.optional(),
    graceSeconds: z.number().positive().max(120).default(2),
  }),
  z.strictObject({ ...where, kind: z.literal('task-kill'), ...moment }),
  z.strictObject({ ...where, kind: z.literal('task-zombie'), ...moment, ms: ms(20_000) }),
  z.strictObject({
    ...where,
    kind: z.literal('task-memory'),
    mib: z.number().int().positive().default(40),
    exitCode: z.number().int().min(1).max(255).optional(),
  }),
  z.strictObject({ ...where, kind: z.literal('task-disk-full'), kib: z.number().int().positive().default(16) }),
  z.strictObject({
    ...where,
    kind: z.literal('task-start-failure'),
    reason: z.string().default('ResourceInitializationError: unable to pull secrets or registry auth'),
  }),
]);

const oneFrequency = ({ rate, nth, every }: z.infer<typeof Rule>): boolean =>
  [rate, nth, every].filter((frequency) => frequency !== undefined).length === 1;

/** Faults to inject: the same plan and seed decide the same of the nth occurrence of an operation, whatever the timing. */
export const FaultPlan = z.strictObject({
  seed: z.number().int(),
  rules: z.array(Rule.refine(oneFrequency, 'a rule has exactly one of rate, nth and every')),
});
export type FaultPlan = z.infer<typeof FaultPlan>;
/** As a person writes it, without the defaults. */
export type FaultPlanInput = z.input<typeof FaultPlan>;
export type FaultRule = FaultPlan['rules'][number];
export type FaultKind = FaultRule['kind'];
export type RuleOf<Kind extends FaultKind> = Extract<FaultRule, { readonly kind: Kind }>;
