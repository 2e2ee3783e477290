import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { reportKey } from '../../core/keys';
import { Report } from '../../core/report/report-contract';
import { runIdOf } from '../../core/run-id';
import { FaultPlan } from '../../local/faults/plan';
import { ChaosCloud } from '../../scripts/chaos/cloud';

/** 500 records of a chunk keep a task busy for two seconds, eight chunks of a task for sixteen. */
const RECORDS = 16_000;
const RECORD_BYTES = 131;
/** From the start of a container to the end of its work, so that a loss may come at any moment. */
const TASK_MS = 17_000;
/** Tasks ask for a quarter of a vCPU, so eight run at once on the two of a small machine. */
const RUNS_AT_ONCE = 2;
const LOOK_EVERY_MS = 250;
const JOB = 'spot';

export interface MeasureOptions {
  readonly runs: number;
  readonly seed: number;
  readonly note: (line: string) => void;
  /** Share of attempts that are interrupted. @default - none */
  readonly rate?: number;
}

const interruptions = ({ seed, rate }: MeasureOptions): FaultPlan =>
  FaultPlan.parse({
    seed,
    // Fargate waits for 30 s between SIGTERM and SIGKILL unless it is told otherwise.
    rules: rate === undefined ? [] : [{ kind: 'task-reclaim', rate, afterMs: [0, TASK_MS], graceSeconds: 30 }],
  });

function bodyOf(n: number): string {
  const lines = Array.from({ length: RECORDS }, (_, i) => {
    const head = `{"id":${n * RECORDS + i},"pad":"`;
    return `${head.padEnd(RECORD_BYTES - 3, 'x')}"}\n`;
  });
  return lines.join('');
}

/** Runs that many files, a few at a time, on a local cloud of their own; their reports. */
export async function measure(folder: string, options: MeasureOptions): Promise<readonly Report[]> {
  mkdirSync(folder, { recursive: true });
  const cloud = new ChaosCloud({ stateDir: join(folder, 'state'), jobsDir: join(__dirname, 'jobs') }, interruptions(options));
  await cloud.start();
  const reports: Report[] = [];
  const waiting = Array.from({ length: options.runs }, (_, n) => n);
  try {
    await Promise.all(
      Array.from({ length: RUNS_AT_ONCE }, async () => {
        for (let n = waiting.shift(); n !== undefined; n = waiting.shift()) {
          reports.push(await runOne(n, cloud));
          options.note(`${options.rate === undefined ? 'undisturbed' : 'with losses'}: ${reports.length} of ${options.runs} runs`);
        }
      }),
    );
  } finally {
    await cloud.stop();
  }
  return reports;
}

async function runOne(n: number, cloud: ChaosCloud): Promise<Report> {
  const { input } = cloud.buckets;
  const key = `incoming/${JOB}/${n}.jsonl`;
  const { VersionId: versionId = '' } = await cloud.clients.s3.send(new PutObjectCommand({ Bucket: input, Key: key, Body: bodyOf(n) }));
  const file = cloud.file('state', reportKey(runIdOf(JOB, [{ bucket: input, key, versionId }])));
  while (!existsSync(file)) await sleep(LOOK_EVERY_MS);
  const report = Report.parse(JSON.parse(readFileSync(file, 'utf8')));
  if (report.reconciliation.verdict !== 'BALANCED') throw new Error(`${report.runId} ended ${report.status}: ${report.failure?.message}`);
  return report;
}
