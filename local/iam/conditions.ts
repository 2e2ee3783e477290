import { NotEmulatedError } from '../kernel/errors';
import { arnGlob, type Context, glob, substituted } from './patterns';

/** A statement's `Condition`, compiled: all of its tests must hold. */
export type Condition = (context: Context) => boolean;

type Compare = (actual: string, expected: string, context: Context) => boolean;

interface Operator {
  readonly compare: Compare;
  /** `StringNotEquals` and its like hold when no expected value compares, and when the key is absent. */
  readonly negated: boolean;
}

const textually =
  (compare: (actual: string, expected: string) => boolean): Compare =>
  (actual, expected, context) => {
    const value = substituted(expected, context);
    return value !== undefined && compare(actual, value);
  };

const numerically =
  (compare: (actual: number, expected: number) => boolean): Compare =>
  (actual, expected) =>
    compare(Number(actual), Number(expected));

const equals = textually((actual, expected) => actual === expected);
const equalsIgnoringCase = textually((actual, expected) => actual.toLowerCase() === expected.toLowerCase());
const like: Compare = (actual, expected, context) => glob(expected)(actual, context);
const arnLike: Compare = (actual, expected, context) => arnGlob(expected)(actual, context);

const is = (compare: Compare): Operator => ({ compare, negated: false });
const isNot = (compare: Compare): Operator => ({ compare, negated: true });

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: is(equals),
  StringNotEquals: isNot(equals),
  StringEqualsIgnoreCase: is(equalsIgnoringCase),
  StringNotEqualsIgnoreCase: isNot(equalsIgnoringCase),
  StringLike: is(like),
  StringNotLike: isNot(like),
  ArnEquals: is(arnLike),
  ArnNotEquals: isNot(arnLike),
  ArnLike: is(arnLike),
  ArnNotLike: isNot(arnLike),
  Bool: is(equalsIgnoringCase),
  NumericEquals: is(numerically((actual, expected) => actual === expected)),
  NumericNotEquals: isNot(numerically((actual, expected) => actual === expected)),
  NumericLessThan: is(numerically((actual, expected) => actual < expected)),
  NumericLessThanEquals: is(numerically((actual, expected) => actual <= expected)),
  NumericGreaterThan: is(numerically((actual, expected) => actual > expected)),
  NumericGreaterThanEquals: is(numerically((actual, expected) => actual >= expected)),
};

type Quantifier = 'ForAllValues' | 'ForAnyValue' | undefined;

interface ConditionTest {
  readonly key: string;
  readonly expected: readonly string[];
  readonly operator: Operator;
  readonly quantifier: Quantifier;
  readonly ifExists: boolean;
}

/** Whether one value of the request passes: any expected value for a positive operator, none for a negated one. */
function passes(actual: string, { expected, operator }: ConditionTest, context: Context): boolean {
  return expected.some((value) => operator.compare(actual, value, context)) !== operator.negated;
}

function holdsWhenAbsent({ operator, quantifier, ifExists }: ConditionTest): boolean {
  if (ifExists || quantifier === 'ForAllValues') return true;
  return quantifier === undefined && operator.negated;
}

function evaluate(test: ConditionTest, context: Context): boolean {
  const actual = context.get(test.key);
  if (actual === undefined || actual.length === 0) return holdsWhenAbsent(test);
  const all = test.quantifier === 'ForAllValues' || (test.quantifier === undefined && test.operator.negated);
  const pass = (value: string): boolean => passes(value, test, context);
  return all ? actual.every(pass) : actual.some(pass);
}

/** `Null: { key: "true" }` holds when the request lacks the key. */
const nullTest =
  (key: string, expected: readonly string[]): Condition =>
  (context) =>
    expected.includes(String(!context.has(key)));

const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value : [value]).map(String);

function parseOperator(name: string, where: string): Pick<ConditionTest, 'operator' | 'quantifier' | 'ifExists'> {
  const [, quantifier, base = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name) ?? [];
  const operator = OPERATORS[base];
  if (!operator) throw new NotEmulatedError(`condition operator ${name} in ${where}`);
  return { operator, quantifier: quantifier as Quantifier, ifExists: ifExists !== undefined };
}

function compileTest(operatorName: string, [key, value]: readonly [string, unknown], where: string): Condition {
  const name = key.toLowerCase();
  if (operatorName === 'Null') return nullTest(name, textsOf(value));
  const test: ConditionTest = { key: name, expected: textsOf(value), ...parseOperator(operatorName, where) };
  return (context) => evaluate(test, context);
}

/** Compiles a `Condition` block; an operator not known here is refused by name. */
export function compileCondition(source: unknown, where: string): Condition {
  const operators = Object.entries((source ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>>>>);
  const tests = operators.flatMap(([operator, keys]) => Object.entries(keys).map((entry) => compileTest(operator, entry, where)));
  return (context) => tests.every((test) => test(context));
}
