import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { newTable } from '../cli/render/table';
import { readMutants } from './mutants/index';
import type { SuiteMutant } from './mutants/mutant';
import { copyTree, withMutant } from './mutants/tree';
import { type Trial, tryTests } from './mutants/trial';
import { randomOf } from './random';

/**
 * Brings known faults back, one at a time in a copy of the tree, and asks the fast tests whether they notice. Exits 1 when a
 * mutant survives. See docs/chaos.md.
 */

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '1000000' },
    json: { type: 'boolean', default: false },
  },
});

interface Verdict {
  readonly name: string;
  readonly hole: number;
  readonly outcome: 'killed' | 'survived' | 'broken';
  /** The test that failed, or why nothing was tested. */
  readonly by?: string;
  readonly seconds: number;
}

const notice = (line: string): void => void process.stderr.write(`${line}\n`);

/** A part of all mutants that the seed draws. */
function drawMutants(): readonly SuiteMutant[] {
  const random = randomOf(Number(values.seed));
  const wanted = readMutants().filter(({ name }) => name.includes(values.only));
  const shuffled = wanted.map((mutant) => ({ mutant, at: random() })).toSorted((a, b) => a.at - b.at);
  return shuffled.slice(0, Number(values.count)).map(({ mutant }) => mutant);
}

const outcomeOf = (trial: Trial): Pick<Verdict, 'outcome' | 'by'> => {
  if (trial.outcome === 'failed') return { outcome: 'killed', by: trial.test };
  return trial.outcome === 'passed' ? { outcome: 'survived' } : { outcome: 'broken', by: trial.why };
};

async function judge(mutant: SuiteMutant, root: string): Promise<Verdict> {
  const began = performance.now();
  const trial = await withMutant(mutant, root, () => tryTests(root, mutant.tests));
  const verdict = { name: mutant.name, hole: mutant.hole, ...outcomeOf(trial), seconds: (performance.now() - began) / 1000 };
  notice(`${verdict.outcome} (${verdict.seconds.toFixed(1)} s): ${verdict.name}${verdict.by ? `: ${verdict.by}` : ''}`);
  return verdict;
}

/** Without this a failing test would be taken for one that noticed. @throws Error when a test fails on the sources as they are. */
async function assertSound(mutants: readonly SuiteMutant[], root: string): Promise<void> {
  const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];
  const trial = await tryTests(root, tests);
  if (trial.outcome !== 'passed') throw new Error(`without a mutant: ${trial.outcome}: ${'test' in trial ? trial.test : trial.why}`);
}

function render(verdicts: readonly Verdict[]): string {
  const table = newTable({ head: ['hole', 'mutant', 'outcome', 'by'], rightFrom: 4 });
  for (const { hole, name, outcome, by = '' } of verdicts) table.push([hole, name, outcome, by.slice(0, 70)]);
  return `${table.toString()}\n`;
}

async function main(): Promise<number> {
  const mutants = drawMutants();
  if (mutants.length === 0) throw new RangeError(`--only ${JSON.stringify(values.only)} names none of ${readMutants().length} mutants`);
  const root = mkdtempSync(path.join(os.tmpdir(), 'batchwright-mutants-'));
  try {
    copyTree(root);
    await assertSound(mutants, root);
    const verdicts: Verdict[] = [];
    for (const mutant of mutants) verdicts.push(await judge(mutant, root));
    process.stdout.write(values.json ? `${JSON.stringify({ seed: Number(values.seed), mutants: verdicts }, null, 2)}\n` : render(verdicts));
    const killed = verdicts.filter(({ outcome }) => outcome === 'killed').length;
    notice(`${killed} of ${verdicts.length} mutants killed (seed ${values.seed})`);
    return killed === verdicts.length ? 0 : 1;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (thrown: unknown) => {
    notice(thrown instanceof Error ? thrown.message : String(thrown));
    process.exitCode = 1;
  },
);
