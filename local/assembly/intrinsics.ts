import { NotEmulatedError } from '../kernel/errors';
import { REGION } from '../kernel/types';

/** Where an intrinsic is evaluated: what names mean there. */
export interface Scope {
  /** `<stack>.<logical id>`, for error messages. */
  readonly at: string;
  ref(name: string): unknown;
  attribute(logicalId: string, name: string): string;
  condition(name: string): boolean;
  mapping(name: string): Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
  exported(name: string): string;
  output(stackName: string, outputId: string): string;
}

/** `AWS::NoValue`: a property or list element with this value is left out. */
export const NO_VALUE = Symbol('AWS::NoValue');

/** Zones of the one region that exists here. */
const ZONES = ['a', 'b', 'c'].map((letter) => `${REGION}${letter}`);

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

const refuse = (scope: Scope, what: string): never => {
  throw new NotEmulatedError(`${what} (in ${scope.at})`);
};

const list = (value: unknown, scope: Scope): readonly unknown[] =>
  Array.isArray(value) ? value : refuse(scope, `${JSON.stringify(value)} in place of a list`);

const text = (value: unknown, scope: Scope): string =>
  ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : refuse(scope, `${JSON.stringify(value)} in place of a string`);

function join(argument: unknown, scope: Scope): string {
  const [separator, elements] = list(argument, scope);
  return list(resolve(elements, scope), scope)
    .map((element) => text(element, scope))
    .join(text(separator, scope));
}

function select(argument: unknown, scope: Scope): unknown {
  const [index, elements] = list(argument, scope).map((part) => resolve(part, scope));
  const chosen = list(elements, scope)[Number(index)];
  return chosen === undefined ? refuse(scope, `Fn::Select of element ${index} of ${JSON.stringify(elements)}`) : chosen;
}

function split(argument: unknown, scope: Scope): readonly string[] {
  const [separator, whole] = list(argument, scope);
  return text(resolve(whole, scope), scope).split(text(separator, scope));
}

function attribute(argument: unknown, scope: Scope): string {
  const parts = typeof argument === 'string' ? argument.split('.') : list(argument, scope).map((part) => text(resolve(part, scope), scope));
  const [logicalId = '', ...name] = parts;
  return scope.attribute(logicalId, name.join('.'));
}

/** `${Name}`, `${Name.Attribute}` and the literal `${!Name}`. */
function substitute(argument: unknown, scope: Scope): string {
  const [template, given] = typeof argument === 'string' ? [argument, {}] : list(argument, scope);
  const variables = given as Readonly<Record<string, unknown>>;
  const valueNamed = (name: string): unknown => {
    if (Object.hasOwn(variables, name)) return resolve(variables[name], scope);
    return name.includes('.') ? attribute(name, scope) : scope.ref(name);
  };
  return text(template, scope).replace(/\$\{([^}]*)\}/g, (_, name: string) =>
    name.startsWith('!') ? `\${${name.slice(1)}}` : text(valueNamed(name.trim()), scope),
  );
}

function findInMap(argument: unknown, scope: Scope): unknown {
  const [map, top, second, fallback] = list(argument, scope).map((part) => resolve(part, scope));
  const found = scope.mapping(text(map, scope))?.[text(top, scope)]?.[text(second, scope)];
  if (found !== undefined) return found;
  const otherwise = (fallback as { DefaultValue?: unknown } | undefined)?.DefaultValue;
  return otherwise ?? refuse(scope, `Fn::FindInMap of ${map}.${top}.${second}, which the template lacks,`);
}

function choose(argument: unknown, scope: Scope): unknown {
  const [name, yes, no] = list(argument, scope);
  return resolve(scope.condition(text(name, scope)) ? yes : no, scope);
}

function stackOutput(argument: unknown, scope: Scope): string {
  const { StackName, OutputName, Region = REGION, RoleArn } = resolve(argument, scope) as Readonly<Record<string, unknown>>;
  if (Region !== REGION || RoleArn !== undefined) return refuse(scope, `Fn::GetStackOutput from another account or region (${Region})`);
  return scope.output(text(StackName, scope), text(OutputName, scope));
}

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, scope) => scope.ref(text(name, scope)),
  'Fn::GetAtt': attribute,
  'Fn::Join': join,
  'Fn::Sub': substitute,
  'Fn::Select': select,
  'Fn::Split': split,
  'Fn::GetAZs': () => ZONES,
  'Fn::If': choose,
  'Fn::ImportValue': (name, scope) => scope.exported(text(resolve(name, scope), scope)),
  'Fn::GetStackOutput': stackOutput,
  'Fn::FindInMap': findInMap,
  'Fn::Base64': (value, scope) => Buffer.from(text(resolve(value, scope), scope)).toString('base64'),
};

const isIntrinsic = (keys: readonly string[]): boolean => keys.length === 1 && (keys[0] === 'Ref' || /^Fn::/.test(keys[0] ?? ''));

/** The value with every intrinsic inside it evaluated; an unknown intrinsic is refused by name. */
export function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((element) => resolve(element, scope)).filter((element) => element !== NO_VALUE);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  const [name = '', argument] = entries[0] ?? [];
  if (isIntrinsic(Object.keys(value))) return (INTRINSICS[name] ?? ((_, at) => refuse(at, name)))(argument, scope);
  const resolved = entries.map(([key, part]) => [key, resolve(part, scope)] as const);
  return Object.fromEntries(resolved.filter(([, part]) => part !== NO_VALUE));
}
