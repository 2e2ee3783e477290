import { z } from 'zod';
import { NotEmulatedError } from '../kernel/errors';
import type { Operations } from '../kernel/http';
import { type Definition, definitionArn, hashOf, parseReference } from './definitions';
import { ClientError, parsed } from './errors';
import { checkDefinition, checkName } from './limits';
import { page } from './pages';
import { DefinitionShape } from './shapes';
import type { SubmitParts } from './submit';
import { taskOf } from './task';

const PAGE = 100;

const Describe = z.strictObject({
  jobDefinitions: z.array(z.string()).max(PAGE).optional(),
  jobDefinitionName: z.string().optional(),
  status: z.enum(['ACTIVE', 'INACTIVE']).optional(),
  maxResults: z.number().int().optional(),
  nextToken: z.string().optional(),
});

/** A revision as DescribeJobDefinitions answers it. */
function described({ name, revision, status, shape }: Definition) {
  return {
    ...shape,
    jobDefinitionName: name,
    jobDefinitionArn: definitionArn(name, revision),
    revision,
    status,
    containerOrchestrationType: 'ECS',
  };
}

/** A name without revision names all of them. */
function names(reference: string, { name, revision }: Definition): boolean {
  const wanted = parseReference(reference);
  return wanted.name === name && (wanted.revision === undefined || wanted.revision === revision);
}

function describe({ definitions }: SubmitParts, input: unknown) {
  const { jobDefinitions, jobDefinitionName, status, maxResults, nextToken } = parsed(Describe, input, 'DescribeJobDefinitions');
  const found = definitions
    .all()
    .filter((one) => jobDefinitionName === undefined || one.name === jobDefinitionName)
    .filter((one) => jobDefinitions === undefined || jobDefinitions.some((reference) => names(reference, one)))
    .filter((one) => status === undefined || one.status === status);
  const positions = new Map(found.map((one, position) => [one, position]));
  const keyOf = (one: Definition) => positions.get(one) ?? 0;
  const { items, nextToken: next } = page(found, { maxResults, limit: PAGE, nextToken, keyOf });
  return { jobDefinitions: items.map(described), nextToken: next };
}

const Register = DefinitionShape.extend({ jobDefinitionName: z.string() });

/** A new revision over the API; its image must be one that a template has brought, because nothing can be pulled here. */
function register({ definitions, minimumTimeoutSeconds }: SubmitParts, input: unknown) {
  const { jobDefinitionName: name, ...shape } = parsed(Register, input, 'RegisterJobDefinition');
  checkName('Job definition name', name);
  checkDefinition(shape, minimumTimeoutSeconds);
  const { image } = taskOf(shape);
  const known = definitions.all().findLast((one) => taskOf(one.shape).image === image);
  if (!known) throw new NotEmulatedError(`image ${image}, which no job definition of a template names,`);
  const { revision } = definitions.put({ name, hash: hashOf(input), shape, folder: known.folder });
  return { jobDefinitionName: name, jobDefinitionArn: definitionArn(name, revision), revision };
}

const Deregister = z.strictObject({ jobDefinition: z.string() });

function deregister({ definitions }: SubmitParts, reference: string) {
  const { name, revision } = parseReference(reference);
  if (revision === undefined) throw new ClientError(`${reference} has no revision: expected name:revision or its ARN`);
  if (definitions.find(reference)) definitions.deactivate(name, [revision]);
  return {};
}

/** Operations on job definitions. */
export function definitionOperations(parts: SubmitParts): Operations {
  const { kernel } = parts;
  return {
    describejobdefinitions: (input, { caller }) => {
      kernel.authorize({ caller, action: 'batch:DescribeJobDefinitions', resource: '*' });
      return describe(parts, input);
    },
    registerjobdefinition: (input, { caller }) => {
      kernel.authorize({ caller, action: 'batch:RegisterJobDefinition', resource: definitionArn(String(input.jobDefinitionName)) });
      return register(parts, input);
    },
    deregisterjobdefinition: (input, { caller }) => {
      const { jobDefinition } = parsed(Deregister, input, 'DeregisterJobDefinition');
      const { name, revision } = parseReference(jobDefinition);
      kernel.authorize({ caller, action: 'batch:DeregisterJobDefinition', resource: definitionArn(name, revision) });
      return deregister(parts, jobDefinition);
    },
  };
}
