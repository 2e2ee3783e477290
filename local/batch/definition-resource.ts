import type { DeployedResource, ResourceIdentity, ResourceProvider } from '../kernel/types';
import { nameOf } from '../messaging/names';
import { apiShape } from './camel';
import { definitionArn, hashOf, parseReference } from './definitions';
import { parsed } from './errors';
import { checkDefinition, checkName } from './limits';
import { DefinitionShape } from './shapes';
import type { SubmitParts } from './submit';
import { taskOf } from './task';

const NAME_CHARS = 128;

type Properties = Readonly<Record<string, unknown>>;

/** CloudFormation's own members, which Batch does not know. */
const OWN = ['JobDefinitionName', 'ResourceRetentionPolicy'];

const definitionOf = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([key]) => !OWN.includes(key)));

/** Templates may say `Container` where the API says `container`. */
function shapeOf({ properties, stackName, logicalId }: DeployedResource): DefinitionShape {
  const shape = apiShape(definitionOf(properties)) as Properties;
  const type = String(shape.type).toLowerCase();
  return parsed(DefinitionShape, { ...shape, type }, `AWS::Batch::JobDefinition ${stackName}/${logicalId}`);
}

function keepsRevisions(properties: Properties): boolean {
  const policy = properties.ResourceRetentionPolicy as { SkipDeregisterOnUpdate?: unknown } | undefined;
  return String(policy?.SkipDeregisterOnUpdate) === 'true';
}

/** The name is the template's; the revision is the one that these very properties have, or the next. */
function identify({ definitions }: SubmitParts, identity: ResourceIdentity) {
  const name = nameOf(identity, 'JobDefinitionName', NAME_CHARS);
  const hash = hashOf(definitionOf(identity.resolve(identity.properties) as Properties));
  const arn = definitionArn(name, definitions.revisionFor(name, hash));
  return { ref: arn, attributes: { JobDefinitionArn: arn } };
}

async function create({ definitions, minimumTimeoutSeconds }: SubmitParts, resource: DeployedResource): Promise<void> {
  const { name } = parseReference(resource.ref);
  const shape = shapeOf(resource);
  checkName('Job definition name', name);
  checkDefinition(shape, minimumTimeoutSeconds);
  const folder = resource.assetPath(taskOf(shape).image);
  const { revision } = definitions.put({ name, hash: hashOf(definitionOf(resource.properties)), shape, folder });
  if (keepsRevisions(resource.properties)) return;
  definitions.deactivate(
    name,
    definitions.revisions(name).flatMap((one) => (one.revision < revision ? [one.revision] : [])),
  );
}

/** `AWS::Batch::JobDefinition`: as on AWS, changed properties make a new revision, and the former one goes unless the template keeps it. */
export const definitionProvider = (parts: SubmitParts): ResourceProvider => ({
  type: 'AWS::Batch::JobDefinition',
  identify: (identity) => identify(parts, identity),
  create: (resource) => create(parts, resource),
});
