import { NotEmulatedError } from '../kernel/errors';
import { resolve, type Scope } from './intrinsics';

type Test = (operands: readonly unknown[], scope: Scope) => boolean;

const OPERATORS: Readonly<Record<string, Test>> = {
  'Fn::Equals': ([left, right], scope) => String(resolve(left, scope)) === String(resolve(right, scope)),
  'Fn::And': (operands, scope) => operands.every((operand) => holds(operand, scope)),
  'Fn::Or': (operands, scope) => operands.some((operand) => holds(operand, scope)),
  'Fn::Not': ([operand], scope) => !holds(operand, scope),
};

/** Whether a condition of the template's `Conditions` section is met. */
export function holds(condition: unknown, scope: Scope): boolean {
  const [[name, operands] = ['', undefined]] = Object.entries((condition ?? {}) as Readonly<Record<string, unknown>>);
  if (name === 'Condition') return scope.condition(String(operands));
  const test = OPERATORS[name];
  if (!test || !Array.isArray(operands)) throw new NotEmulatedError(`condition ${JSON.stringify(condition)} (in ${scope.at})`);
  return test(operands, scope);
}
