import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { canMount } from '../local/batch/disks';
import { readHits } from '../local/faults/faults';
import { ChaosCloud } from './chaos/cloud';
import { leftoversOf } from './chaos/leftovers';
import { CALM, LEVELS, type Level, mixOf } from './chaos/mix';
import { type ModelLevel, modelLevel, renderModel } from './chaos/model-level';
import { redriveFailed } from './chaos/redrives';
import { type JudgedRun, Soak } from './chaos/soak';
import { writeJobs } from './chaos/specs';
import { renderResult, resultOf, type SoakResult } from './chaos/tables';

/**
 * Runs many small jobs under seeded faults and judges every run: published exactly once and correct, or failed by name with
 * nothing visible. Prints a table, the seed and a command that repeats it; exits 1 when a promise was broken. See docs/chaos.md.
 */

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '5' },
    level: { type: 'string', default: 'all' },
    runs: { type: 'string', default: '1000000' },
    schedules: { type: 'string', default: '20000' },
    concurrency: { type: 'string', default: '8' },
    'kill-every': { type: 'string', default: '120' },
    calm: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});

const notice = (line: string): void => void process.stderr.write(`${line}\n`);

function levelOf(text: string): Level {
  const level = LEVELS.find((name) => name === text);
  if (!level) throw new RangeError(`--level ${text}: allowed are ${LEVELS.join(', ')}`);
  return level;
}

function tell({ drop, outcome, violations, report, seconds }: JudgedRun, judged: number): void {
  const rounds = report?.rounds.length ?? 0;
  const why = outcome === 'failed' ? ` ${report?.failure?.class}: ${report?.failure?.message.slice(0, 160)}` : '';
  notice(
    `${judged}: ${drop.runId} ${outcome} in ${seconds.toFixed(1)} s, ${rounds} rounds${why}${violations.map((v) => `\n   ${v}`).join('')}`,
  );
}

async function soak(level: Exclude<Level, 'model'>, base: string): Promise<SoakResult> {
  const seed = Number(values.seed);
  const stateDir = path.join(base, 'state');
  const plan = values.calm ? CALM : mixOf(level, { seed, disks: canMount() });
  const jobsDir = path.join(base, 'jobs');
  writeJobs(jobsDir, 'first');
  const cloud = new ChaosCloud({ stateDir, jobsDir }, plan);
  await cloud.start();
  const began = Date.now();
  const kills = level === 'wire' || values.calm ? {} : { killEvery: Number(values['kill-every']) };
  const options = { seed, runs: Number(values.runs), seconds: Number(values.minutes) * 60, concurrency: Number(values.concurrency) };
  try {
    const judged = await new Soak(cloud, { ...options, ...kills, told: tell, notice }).run();
    const redrives = await redriveFailed(cloud, judged);
    for (const refused of redrives.refused) notice(`not redriven: ${refused}`);
    const leftovers = await leftoversOf(cloud, judged, redrives);
    const seconds = (Date.now() - began) / 1000;
    return resultOf({ seed, level, judged, hits: readHits(stateDir), redrives, leftovers, restarts: cloud.restarts, seconds });
  } finally {
    await cloud.stop();
  }
}

interface Outcome {
  readonly soak?: SoakResult;
  readonly model?: ModelLevel;
}

const violationsOf = ({ soak: soaked, model }: Outcome): readonly string[] => [...(soaked?.violations ?? []), ...(model?.violations ?? [])];

/** What repeats this, as far as what is real can be repeated: the same files, faults and schedules. */
const again = ({ soak: soaked }: Outcome): string =>
  `npm run chaos -- --seed ${values.seed} --level ${values.level} --minutes ${values.minutes} --runs ${soaked?.runs ?? values.runs} --schedules ${values.schedules}`;

async function main(): Promise<number> {
  const level = levelOf(values.level);
  const base = mkdtempSync(path.join(os.tmpdir(), 'batchwright-chaos-'));
  const outcome: Outcome = {
    ...(level !== 'model' && { soak: await soak(level, base) }),
    ...((level === 'model' || level === 'all') && { model: await modelLevel(Number(values.seed), Number(values.schedules), notice) }),
  };
  const violations = violationsOf(outcome);
  const text = [outcome.soak && renderResult(outcome.soak), outcome.model && renderModel(outcome.model)].filter(Boolean).join('');
  process.stdout.write(values.json ? `${JSON.stringify({ seed: Number(values.seed), ...outcome }, null, 2)}\n` : text);
  for (const violation of violations) notice(`VIOLATION ${violation}`);
  notice(`seed ${values.seed}; again with: ${again(outcome)}`);
  if (outcome.soak && (violations.length > 0 || values.keep)) notice(`kept: ${base} (npx batchwright local faults --state ${base}/state)`);
  else rmSync(base, { recursive: true, force: true });
  return violations.length > 0 ? 1 : 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (thrown: unknown) => {
    notice(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
    process.exitCode = 1;
  },
);
