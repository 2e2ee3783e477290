import { newTable } from '../../cli/render/table';
import { type ModelResult, type MutantResult, runModel, runMutants, traceOf } from './model';

/** Mutants die within some hundred schedules; one that lives longer is not found. */
const MUTANT_SCHEDULES = 5000;

export interface ModelLevel {
  readonly model: Omit<ModelResult, 'violation'>;
  readonly mutants: readonly MutantResult[];
  readonly violations: readonly string[];
}

/** Every schedule keeps every promise, and every mutant breaks one. */
export async function modelLevel(seed: number, schedules: number, notice: (line: string) => void): Promise<ModelLevel> {
  notice(`${schedules} schedules of the real steps and the real worker, from seed ${seed} on`);
  const { violation, ...model } = await runModel({ seed, schedules });
  if (violation) for (const line of (await traceOf(violation.seed)).trace) notice(`  ${line}`);
  notice('mutants');
  const mutants = await runMutants({ seed, schedules: MUTANT_SCHEDULES });
  const survivors = mutants.filter(({ foundAfter }) => foundAfter === undefined);
  return {
    model,
    mutants,
    violations: [
      ...(violation ? [`schedule ${violation.seed}: ${violation.violation} (--level model --seed ${violation.seed} --schedules 1)`] : []),
      ...survivors.map(({ mutant }) => `the mutant "${mutant}" was not found in ${MUTANT_SCHEDULES} schedules`),
    ],
  };
}

export function renderModel({ model, mutants }: ModelLevel): string {
  const { schedules, published, failed, steps, faults, seconds } = model;
  const table = newTable({ head: ['model', ''], rightFrom: 1 });
  table.push(
    ['schedules', schedules],
    ['  published', published],
    ['  failed by name', failed],
    ['steps', steps],
    ['faults', faults],
    ['schedules a second', Math.round(schedules / seconds)],
  );
  const deaths = newTable({ head: ['mutant', 'found by', 'schedules'], rightFrom: 2 });
  for (const { mutant, violation, foundAfter } of mutants) deaths.push([mutant, (violation ?? 'nothing').slice(0, 60), foundAfter ?? '']);
  return `${table.toString()}\n${deaths.toString()}\n`;
}
