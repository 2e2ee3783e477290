import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { FaultPlan } from '../../local/faults/plan';
import { UsageError } from '../errors';

function contentOf(file: string, shown: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (thrown) {
    const isSyntax = thrown instanceof YAMLParseError;
    throw new UsageError([{ file: shown, message: isSyntax ? thrown.message : `cannot be read: ${(thrown as Error).message}` }]);
  }
}

/** Reads a fault plan from a YAML or JSON file; every mistake in it is told at once. */
export function readFaultPlan(name: string, cwd: string): FaultPlan {
  const file = resolve(cwd, name);
  const shown = relative(cwd, file);
  const plan = FaultPlan.safeParse(contentOf(file, shown));
  if (plan.success) return plan.data;
  throw new UsageError(plan.error.issues.map(({ path, message }) => ({ file: shown, path: path.join('.'), message })));
}
