import { z } from 'zod';
import { queueArn } from './catalog';
import { parseReference } from './definitions';
import { jobSummary } from './describe';
import { ClientError, parsed } from './errors';
import type { Ledger } from './ledger';
import { JOB_STATUSES, type Job, type Order } from './model';
import { page } from './pages';

const PAGE = 100;

const Filter = z.strictObject({
  name: z.enum(['JOB_NAME', 'JOB_DEFINITION', 'BEFORE_CREATED_AT', 'AFTER_CREATED_AT']),
  values: z.array(z.string()).min(1),
});
type Filter = z.infer<typeof Filter>;

const ListJobs = z.strictObject({
  jobQueue: z.string().optional(),
  arrayJobId: z.string().optional(),
  jobStatus: z.enum(JOB_STATUSES).default('RUNNING'),
  filters: z.array(Filter).max(1).optional(),
  maxResults: z.number().int().optional(),
  nextToken: z
    .string()
    .nullish()
    .transform((token) => token ?? undefined),
});
type ListJobs = z.infer<typeof ListJobs>;

/** A trailing star stands for any rest. */
const named = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

function definedBy(pattern: string, arn: string): boolean {
  return pattern.startsWith('arn:') ? arn === pattern : named(pattern, parseReference(arn).name);
}

const TESTS: Readonly<Record<Filter['name'], (value: string, order: Order) => boolean>> = {
  JOB_NAME: (value, { name }) => named(value.toLowerCase(), name.toLowerCase()),
  JOB_DEFINITION: (value, { definitionArn }) => definedBy(value, definitionArn),
  BEFORE_CREATED_AT: (value, { createdAt }) => createdAt < Number(value),
  AFTER_CREATED_AT: (value, { createdAt }) => createdAt > Number(value),
};

const passes = ({ name, values }: Filter, order: Order): boolean => values.some((value) => TESTS[name](value, order));

interface Listed {
  readonly order: Order;
  readonly job: Job;
}

/** Children of an array by index; filters are not for them. */
function children(ledger: Ledger, { arrayJobId = '', jobStatus, filters }: ListJobs): readonly Listed[] {
  const root = ledger.job(arrayJobId);
  if (filters) throw new ClientError('filters cannot be used with arrayJobId');
  if (!root) throw new ClientError(`Job ${arrayJobId} does not exist`);
  const order = ledger.order(root);
  return ledger
    .children(order)
    .filter(({ status }) => status === jobStatus)
    .map((job) => ({ order, job }));
}

/** Jobs of a queue, newest first; a filter lists every status. */
function roots(ledger: Ledger, { jobQueue = '', jobStatus, filters }: ListJobs): readonly Listed[] {
  const arn = queueArn(jobQueue);
  const [filter] = filters ?? [];
  const wanted = ({ order, job }: Listed) => (filter ? passes(filter, order) : job.status === jobStatus);
  return ledger
    .roots()
    .filter((order) => order.queueArn === arn)
    .flatMap((order) => (ledger.job(order.id) ? [{ order, job: ledger.job(order.id) as Job }] : []))
    .filter(wanted)
    .toReversed();
}

/** ListJobs: a queue's jobs, or an array's children. */
export function listJobs(ledger: Ledger, hasQueue: (arn: string) => boolean, input: unknown) {
  const wish = parsed(ListJobs, input, 'ListJobs');
  const { jobQueue, arrayJobId, maxResults, nextToken } = wish;
  if ((jobQueue === undefined) === (arrayJobId === undefined))
    throw new ClientError('exactly one of jobQueue and arrayJobId must be given');
  if (jobQueue !== undefined && !hasQueue(queueArn(jobQueue))) throw new ClientError(`JobQueue ${jobQueue} does not exist`);
  const listed = jobQueue === undefined ? children(ledger, wish) : roots(ledger, wish);
  const keyOf = ({ order, job }: Listed) => job.index ?? -order.ordinal;
  const { items, nextToken: next } = page(listed, { maxResults, limit: PAGE, nextToken, keyOf });
  return { jobSummaryList: items.map(({ order, job }) => jobSummary(order, job, ledger.summary(order.id))), nextToken: next };
}
