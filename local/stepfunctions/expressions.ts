import jsonata, { type Expression } from 'jsonata';
import { EvaluationError } from './errors';
import { addFunctions } from './functions';

/** What an expression sees: `$states` and the variables in scope. */
export interface Bindings {
  readonly states: Readonly<Record<string, unknown>>;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** An endless recursion in a definition must not hang the whole cloud. */
const LIMITS = { timeout: 10_000, stack: 1000 };

const compiled = new Map<string, Expression>();

/** The expression inside `{% %}`, or undefined when a string is only a string. */
export const expressionIn = (text: string): string | undefined => /^\{%([\s\S]*)%\}$/.exec(text)?.[1];

/** Parses an expression once; a syntax error is thrown as JSONata says it. */
export function compile(source: string): Expression {
  const known = compiled.get(source);
  if (known) return known;
  const expression = addFunctions(jsonata(source, LIMITS));
  compiled.set(source, expression);
  return expression;
}

const textOf = (thrown: unknown): string => (thrown as { message?: string }).message ?? String(thrown);

/** JSONata's functions are objects with one of these marks, or plain functions. */
const isFunction = (value: unknown): boolean =>
  typeof value === 'function' ||
  (typeof value === 'object' && value !== null && ('_jsonata_lambda' in value || '_jsonata_function' in value));

/** A value as JSON holds it, free of JSONata's own marks and of anything that cannot be written down. */
function plain(value: unknown, field: string, source: string): unknown {
  const returned = (what: string) => new EvaluationError(field, `the JSONata expression '${source.trim()}' returned ${what}`);
  const json = JSON.stringify(value, (_, inner) => {
    if (isFunction(inner)) throw returned('a function');
    return inner;
  });
  if (json === undefined) throw returned('nothing (undefined)');
  return JSON.parse(json);
}

async function evaluateString(text: string, field: string, bindings: Bindings): Promise<unknown> {
  const source = expressionIn(text);
  if (source === undefined) return text;
  try {
    const value = await compile(source).evaluate(undefined, { ...bindings.variables, states: bindings.states });
    return plain(value, field, source);
  } catch (thrown) {
    if (thrown instanceof EvaluationError) throw thrown;
    throw new EvaluationError(field, `the JSONata expression '${source.trim()}' threw an error: ${textOf(thrown)}`);
  }
}

/** A field of a state with every expression in it replaced by its value; `field` names the place in errors. */
export async function evaluate(template: unknown, field: string, bindings: Bindings): Promise<unknown> {
  if (typeof template === 'string') return evaluateString(template, field, bindings);
  if (Array.isArray(template)) return Promise.all(template.map((entry, i) => evaluate(entry, `${field}[${i}]`, bindings)));
  if (typeof template !== 'object' || template === null) return template;
  const entries = Object.entries(template).map(async ([key, value]) => [key, await evaluate(value, `${field}/${key}`, bindings)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** Every expression in a template with its place, for checks before anything runs. */
export function expressionsIn(template: unknown, field: string): readonly { readonly field: string; readonly source: string }[] {
  if (typeof template === 'string') {
    const source = expressionIn(template);
    return source === undefined ? [] : [{ field, source }];
  }
  if (typeof template !== 'object' || template === null) return [];
  return Object.entries(template).flatMap(([key, value]) => expressionsIn(value, `${field}/${key}`));
}
