import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { addStacks, type Sources } from '../bin/stacks';

/** Checks that cost too much for every synth: the state machine's language, and the AWS Solutions rules on every resource. */

type AslValidator = (definition: unknown) => { readonly isValid: boolean; readonly errorsText: (separator: string) => string };
// The package has no types.
const aslValidator: AslValidator = require('asl-validator');

interface Template {
  readonly Resources?: Readonly<Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>>;
}

/** Stands for whatever an intrinsic would give: any name will do, for the validator looks at form. */
const standIn = (value: Readonly<Record<string, unknown>>): string =>
  value.Ref === 'AWS::Partition' ? 'aws' : 'arn:aws:lambda:us-east-1:000000000000:function:any';

function resolve(definition: unknown): string {
  if (typeof definition === 'string') return definition;
  const value = definition as Readonly<Record<string, unknown>>;
  const join = value['Fn::Join'] as readonly [string, readonly unknown[]] | undefined;
  return join ? join[1].map(resolve).join(join[0]) : standIn(value);
}

/** Every state machine of a template as Step Functions would see it, by logical id. */
export function definitionsOf(template: Template): Readonly<Record<string, unknown>> {
  const machines = Object.entries(template.Resources ?? {}).filter(([, { Type }]) => Type === 'AWS::StepFunctions::StateMachine');
  return Object.fromEntries(machines.map(([id, { Properties }]) => [id, JSON.parse(resolve(Properties?.DefinitionString))]));
}

/** What the Amazon States Language finds wrong with a template's state machines, one line each. */
export function languageFaults(template: Template): readonly string[] {
  return Object.entries(definitionsOf(template)).flatMap(([id, definition]) => {
    const { isValid, errorsText } = aslValidator(definition);
    return isValid ? [] : [`${id}: ${errorsText('; ')}`];
  });
}

interface Acknowledged {
  readonly rule: string;
  readonly resource: string;
  readonly reason: string;
}

/** Every rule that is set aside somewhere in the app, with the reason given there. */
function acknowledgements(app: App): readonly Acknowledged[] {
  return app.node.findAll().flatMap((node) =>
    node.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Readonly<Record<string, string>>))
      .map(([rule, reason]) => ({ rule: rule.replace(/^annotation::/i, ''), resource: node.node.path, reason })),
  );
}

export interface Verdict {
  readonly stacks: number;
  readonly stateMachines: number;
  readonly acknowledged: readonly Acknowledged[];
  readonly findings: readonly string[];
}

/** Synthesizes the app into a folder of its own and checks what comes out. */
export function validateTemplates(sources: Sources, context: Readonly<Record<string, unknown>>): Verdict {
  const outdir = mkdtempSync(path.join(tmpdir(), 'batchwright-validate-'));
  try {
    const app = new App({ outdir, context: { ...context } });
    addStacks(app, sources);
    const checks = new AwsSolutionsChecks(app);
    const templates = app.synth().stacks.map(({ template }) => template as Template);
    const nag = checks
      .validateScope(app)
      .violations.flatMap(({ ruleName, description, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${constructPath}: ${ruleName}: ${description}`),
      );
    return {
      stacks: templates.length,
      stateMachines: templates.flatMap((template) => Object.keys(definitionsOf(template))).length,
      acknowledged: acknowledgements(app),
      findings: [...templates.flatMap(languageFaults), ...nag],
    };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function main(): void {
  const root = path.resolve(__dirname, '..');
  const { context } = JSON.parse(readFileSync(path.join(root, 'cdk.json'), 'utf8'));
  const verdict = validateTemplates({ root, jobsFolder: path.join(root, 'jobs') }, context);
  for (const finding of verdict.findings) console.error(finding);
  for (const { rule, resource, reason } of verdict.acknowledged) console.log(`acknowledged ${rule} at ${resource}: ${reason}`);
  const { stacks, stateMachines, acknowledged, findings } = verdict;
  console.log(`${stacks} stacks, ${stateMachines} state machine(s), ${acknowledged.length} acknowledged, ${findings.length} finding(s)`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}

if (require.main === module) main();
