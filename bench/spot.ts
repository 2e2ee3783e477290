import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { newTable } from '../cli/render/table';
import { compare, type Difference } from './spot/compare';
import { measure } from './spot/measure';

/**
 * What losing Spot capacity costs: `npm run bench:spot -- [--rate 0.1] [--runs N] [--seed N] [--json]`. The same files are
 * run twice on the local cloud, once undisturbed and once with that share of all attempts interrupted at a random moment.
 */

interface Options {
  readonly rate: number;
  readonly runs: number;
  readonly seed: number;
  readonly json?: boolean;
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError(`received ${text}, expected a number between 0 and 1`);
  return value;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError(`received ${text}, expected a whole number from 1 on`);
  return Number(text);
}

const readOptions = (): Options =>
  new Command('bench:spot')
    .option('--rate <share>', 'of attempts that are interrupted', share, 0.1)
    .option('--runs <n>', 'runs of each kind, of four tasks each', wholeNumber, 25)
    .option('--seed <n>', 'decides which attempts are interrupted, and when', wholeNumber, 1)
    .option('--json', 'print JSON only')
    .parse()
    .opts<Options>();

function tableOf({ calm, lossy, added }: Difference): string {
  const table = newTable({ head: ['', 'undisturbed', 'with losses', 'added'], rightFrom: 1 });
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  table.push(
    ['runs, all published and balanced', calm.runs, lossy.runs, ''],
    ['attempts', calm.attempts, lossy.attempts, `${lossy.lost} lost`],
    ['seconds of a run, mean', calm.seconds.toFixed(1), lossy.seconds.toFixed(1), percent(added.seconds)],
    ['task seconds', calm.taskSeconds.toFixed(0), lossy.taskSeconds.toFixed(0), percent(added.taskSeconds)],
    ['USD of the tasks, as billed', calm.usd.toFixed(5), lossy.usd.toFixed(5), percent(added.usd)],
    ['  of these for nothing', calm.wastedUsd.toFixed(5), lossy.wastedUsd.toFixed(5), ''],
  );
  return table.toString();
}

async function main(): Promise<void> {
  const { rate, runs, seed, json } = readOptions();
  const folder = mkdtempSync(join(tmpdir(), 'batchwright-bench-spot-'));
  const note = (line: string): void => console.error(line);
  try {
    const calm = await measure(join(folder, 'calm'), { runs, seed, note });
    const lossy = await measure(join(folder, 'lossy'), { runs, seed, note, rate });
    const difference = compare(calm, lossy);
    console.log(json ? JSON.stringify({ rate, seed, ...difference }, null, 2) : tableOf(difference));
    if (!json) console.log(difference.reading.join('\n'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((thrown: unknown) => {
  console.error(thrown);
  process.exitCode = 1;
});
