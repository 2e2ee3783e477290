import { NotEmulatedError } from '../kernel/errors';
import type { DeployedResource, ResourceProvider } from '../kernel/types';
import { findAsset } from './assets';
import { holds } from './conditions';
import { resolve, type Scope } from './intrinsics';
import type { Assembly, StackTemplate } from './load';
import { Memo } from './memo';
import { parameterValue, pseudoParameter } from './parameters';

/** What a resource type's `Ref` and `Fn::GetAtt` give. */
export type Identify = ResourceProvider['identify'];

type Identity = ReturnType<Identify>;

/** Gives every name in an assembly its value, on demand: ids are pure functions of names, so no order is needed. */
export class Resolver {
  private readonly memo = new Memo();
  private readonly stacks: ReadonlyMap<string, StackTemplate>;

  constructor(
    private readonly assembly: Assembly,
    private readonly identifierOf: (type: string) => Identify,
  ) {
    this.stacks = new Map(assembly.stacks.map((stack) => [stack.name, stack]));
  }

  /** Every resource whose condition holds, each after those of its stack that it refers to. */
  deployed(): readonly DeployedResource[] {
    return this.assembly.stacks.flatMap((stack) => this.deployedIn(stack));
  }

  /** Outputs by stack name and output id. */
  outputs(): Readonly<Record<string, Readonly<Record<string, string>>>> {
    return Object.fromEntries(this.assembly.stacks.map((stack) => [stack.name, this.outputsOf(stack)]));
  }

  private deployedIn(stack: StackTemplate): readonly DeployedResource[] {
    const done = new Map<string, DeployedResource>();
    const started = new Set<string>();
    const visit = (logicalId: string): void => {
      if (started.has(logicalId)) return;
      started.add(logicalId);
      if (!this.exists(stack, logicalId)) return;
      const { resource, references } = this.resolved(stack, logicalId);
      for (const reference of references) visit(reference);
      done.set(logicalId, resource);
    };
    for (const logicalId of Object.keys(stack.template.Resources)) visit(logicalId);
    return [...done.values()];
  }

  private resolved(stack: StackTemplate, logicalId: string): { resource: DeployedResource; references: readonly string[] } {
    const source = this.source(stack, logicalId);
    const references = new Set<string>(source.DependsOn);
    const scope = this.scope(stack, `${stack.name}.${logicalId}`, (name) => references.add(name));
    const properties = resolve(source.Properties, scope) as DeployedResource['properties'];
    const resource: DeployedResource = {
      stackName: stack.name,
      logicalId,
      type: source.Type,
      ...this.identity(stack, logicalId),
      properties,
      assetPath: (locator) => findAsset(this.assembly.assets, locator),
    };
    return { resource, references: [...references] };
  }

  private source(stack: StackTemplate, logicalId: string) {
    const source = stack.template.Resources[logicalId];
    if (!source) throw new RangeError(`${stack.name} has no resource, parameter or pseudo parameter ${logicalId}`);
    return source;
  }

  private exists(stack: StackTemplate, logicalId: string): boolean {
    const { Condition } = this.source(stack, logicalId);
    return Condition === undefined || this.condition(stack, Condition);
  }

  private identity(stack: StackTemplate, logicalId: string): Identity {
    return this.memo.once(`${stack.name}.${logicalId}`, () => {
      const { Type: type, Properties: properties } = this.source(stack, logicalId);
      if (!this.exists(stack, logicalId))
        throw new RangeError(`${stack.name}.${logicalId} is referred to, but its condition does not hold`);
      const scope = this.scope(stack, `${stack.name}.${logicalId}`);
      const identify = this.identifierOf(type);
      return identify({ stackName: stack.name, logicalId, type, properties, resolve: (value) => resolve(value, scope) });
    });
  }

  private scope(stack: StackTemplate, at: string, onReference: (logicalId: string) => void = () => undefined): Scope {
    return {
      at,
      ref: (name) => {
        const known = pseudoParameter(stack.name, name) ?? parameterValue(stack, name);
        if (known !== undefined) return known;
        onReference(name);
        return this.identity(stack, name).ref;
      },
      attribute: (logicalId, name) => {
        onReference(logicalId);
        return this.attribute(stack, logicalId, name);
      },
      condition: (name) => this.condition(stack, name),
      mapping: (name) => stack.template.Mappings[name],
      exported: (name) => this.exported(name),
      output: (stackName, outputId) => this.output(stackName, outputId),
    };
  }

  private attribute(stack: StackTemplate, logicalId: string, name: string): string {
    const value = this.identity(stack, logicalId).attributes[name];
    const { Type: type } = this.source(stack, logicalId);
    if (value === undefined) throw new NotEmulatedError(`attribute ${name} of ${type} (asked of ${stack.name}.${logicalId})`);
    return value;
  }

  private condition(stack: StackTemplate, name: string): boolean {
    return this.memo.once(`${stack.name} condition ${name}`, () =>
      holds(stack.template.Conditions[name], this.scope(stack, `${stack.name} condition ${name}`)),
    );
  }

  private outputsOf(stack: StackTemplate): Readonly<Record<string, string>> {
    const present = Object.entries(stack.template.Outputs).filter(
      ([, { Condition }]) => Condition === undefined || this.condition(stack, Condition),
    );
    return Object.fromEntries(present.map(([id]) => [id, this.output(stack.name, id)]));
  }

  private output(stackName: string, outputId: string): string {
    const stack = this.stacks.get(stackName);
    const output = stack?.template.Outputs[outputId];
    if (!stack || !output) throw new RangeError(`there is no output ${outputId} of a stack ${stackName}`);
    const name = `${stackName} output ${outputId}`;
    return this.memo.once(name, () => String(resolve(output.Value, this.scope(stack, name))));
  }

  private exported(name: string): string {
    const found = this.exports().get(name);
    if (!found)
      throw new RangeError(`Fn::ImportValue of ${name}, which no stack exports; exported: ${[...this.exports().keys()].join(', ')}`);
    return this.output(found.stackName, found.outputId);
  }

  private exports(): ReadonlyMap<string, { readonly stackName: string; readonly outputId: string }> {
    return this.memo.once('exports', () => {
      const all = this.assembly.stacks.flatMap((stack) =>
        Object.entries(stack.template.Outputs).flatMap(([outputId, { Export }]) => {
          if (!Export) return [];
          const name = String(resolve(Export.Name, this.scope(stack, `${stack.name} output ${outputId}`)));
          return [[name, { stackName: stack.name, outputId }] as const];
        }),
      );
      return new Map(all);
    });
  }
}
