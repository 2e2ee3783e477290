import { z } from 'zod';
import { NotEmulatedError } from '../kernel/errors';
import type { Operations } from '../kernel/http';
import type { ApiRequest } from '../kernel/types';
import { ClientError, parsed } from './errors';
import { checkTags } from './limits';
import type { Job } from './model';
import type { SubmitParts } from './submit';

const TagResource = z.strictObject({ tags: z.record(z.string(), z.string()) });

/** The resource stands in the path, as `/v1/tags/<arn>`. */
const resourceOf = ({ url }: ApiRequest): string =>
  decodeURIComponent(url.pathname.slice(url.pathname.indexOf('/tags/') + '/tags/'.length));

function jobOf({ ledger }: SubmitParts, arn: string): Job | undefined {
  const [, id] = /:job\/(.+)$/.exec(arn) ?? [];
  if (id === undefined) return undefined;
  const job = ledger.job(id);
  if (!job) throw new ClientError(`Job ${id} does not exist`);
  return job;
}

function tagsOf(parts: SubmitParts, arn: string): Readonly<Record<string, string>> {
  const { catalog, definitions } = parts;
  const found = jobOf(parts, arn) ?? catalog.queues.get(arn) ?? catalog.environments.get(arn) ?? definitions.find(arn)?.shape;
  if (!found) throw new ClientError(`Resource ${arn} does not exist`);
  return found.tags;
}

/** Tags are read of everything and added to jobs; a template's resources have the tags of their template. */
export const tagOperations = (parts: SubmitParts): Operations => ({
  listtagsforresource: (_, request) => {
    const arn = resourceOf(request);
    parts.kernel.authorize({ caller: request.caller, action: 'batch:ListTagsForResource', resource: arn });
    return { tags: tagsOf(parts, arn) };
  },
  tagresource: (input, request) => {
    const arn = resourceOf(request);
    const { tags } = parsed(TagResource, input, 'TagResource');
    parts.kernel.authorize({ caller: request.caller, action: 'batch:TagResource', resource: arn });
    const job = jobOf(parts, arn);
    if (!job) throw new NotEmulatedError(`tagging ${arn}, which a template owns,`);
    const all = { ...job.tags, ...tags };
    checkTags(all);
    parts.ledger.change([{ id: job.id, set: { tags: all } }]);
    return {};
  },
});
