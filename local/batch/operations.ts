import { z } from 'zod';
import type { Operations } from '../kernel/http';
import type { ApiRequest } from '../kernel/types';
import { catalogOperations } from './catalog-operations';
import { definitionOperations } from './definition-operations';
import { jobArn, jobDetail } from './describe';
import { ClientError, parsed, worded } from './errors';
import { listJobs } from './listing';
import type { Ending, Job } from './model';
import { type SubmitParts, submitJob } from './submit';
import { tagOperations } from './tags';

const MAX_DESCRIBED = 100;

const DescribeJobs = z.strictObject({ jobs: z.array(z.string()) });
/** Characters that Batch allows a reason. */
const MAX_REASON = 1024;
const EndJob = z.strictObject({ jobId: z.string(), reason: z.string().min(1).max(MAX_REASON) });

function describeJobs({ kernel, ledger }: SubmitParts, input: unknown, { caller }: ApiRequest) {
  const { jobs } = parsed(DescribeJobs, input, 'DescribeJobs');
  kernel.authorize({ caller, action: 'batch:DescribeJobs', resource: '*' });
  if (jobs.length > MAX_DESCRIBED) throw new ClientError(`Maximum number of jobs supported is ${MAX_DESCRIBED}`);
  const found = jobs.map((id) => ledger.job(id.slice(id.lastIndexOf('/') + 1))).filter((job): job is Job => job !== undefined);
  return { jobs: found.map((job) => jobDetail(ledger.order(job), job, ledger.summary(job.rootId))) };
}

/** Ending what is over or unknown changes nothing and is no mistake, as with Batch. */
function endJob({ kernel, ledger, engine }: SubmitParts, kind: Ending['kind']): Operations[string] {
  const action = kind === 'cancel' ? 'CancelJob' : 'TerminateJob';
  return (input, { caller }) => {
    const { jobId, reason } = parsed(EndJob, input, action);
    kernel.authorize({ caller, action: `batch:${action}`, resource: jobArn(jobId) });
    const job = ledger.job(jobId);
    if (job) engine.end(job, { kind, reason });
    return {};
  };
}

/** Batch's operations by the last part of their path; the rest is refused by name. */
export function batchOperations(parts: SubmitParts): Operations {
  const { kernel, ledger, catalog } = parts;
  const operations: Operations = {
    submitjob: (input, request) => submitJob(parts, input, request),
    describejobs: (input, request) => describeJobs(parts, input, request),
    listjobs: (input, { caller }) => {
      kernel.authorize({ caller, action: 'batch:ListJobs', resource: '*' });
      return listJobs(ledger, (arn) => catalog.queues.has(arn), input);
    },
    canceljob: endJob(parts, 'cancel'),
    terminatejob: endJob(parts, 'terminate'),
    ...definitionOperations(parts),
    ...catalogOperations(parts),
    ...tagOperations(parts),
  };
  return Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, worded(operation)]));
}
