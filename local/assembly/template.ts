import { z } from 'zod';
import { NotEmulatedError } from '../kernel/errors';

const record = <Value extends z.ZodType>(value: Value) => z.record(z.string(), value);

const Resource = z.object({
  Type: z.string(),
  Properties: record(z.unknown()).default({}),
  Condition: z.string().optional(),
  DependsOn: z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]),
});

const Parameter = z.object({ Type: z.string(), Default: z.unknown().optional() });

const Output = z.object({
  Value: z.unknown(),
  Condition: z.string().optional(),
  Export: z.object({ Name: z.unknown() }).optional(),
});

const Template = z.object({
  Resources: record(Resource).default({}),
  Parameters: record(Parameter).default({}),
  Conditions: record(z.unknown()).default({}),
  Mappings: record(record(record(z.unknown()))).default({}),
  Outputs: record(Output).default({}),
});

export type Template = z.infer<typeof Template>;
export type TemplateParameter = z.infer<typeof Parameter>;

/** Sections that only inform, or that guard a deployment to AWS (`Rules`: the bootstrap version). */
const IGNORED = ['AWSTemplateFormatVersion', 'Description', 'Metadata', 'Rules'];

/** Reads a template's sections; a section that would change the outcome and is not known here is refused by name. */
export function parseTemplate(stackName: string, source: unknown): Template {
  const parsed = z.record(z.string(), z.unknown()).parse(source);
  const known = [...Object.keys(Template.shape), ...IGNORED];
  const unknown = Object.keys(parsed).filter((section) => !known.includes(section));
  if (unknown.length > 0) throw new NotEmulatedError(`template section ${unknown.join(', ')} of stack ${stackName}`);
  return Template.parse(parsed);
}
