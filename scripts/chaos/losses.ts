import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DescribeJobsCommand, type JobDetail } from '@aws-sdk/client-batch';
import type { Report } from '../../core/report/report-contract';
import type { ChaosCloud } from './cloud';

/** DescribeJobs takes as many ids. */
const DESCRIBED_AT_ONCE = 100;

/** Batch's ids of the arrays that a run submitted, with the round each belongs to. */
function submittedIn(folder: string): readonly { readonly jobId: string; readonly round: number }[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.job.json'));
  return files.map((name) => ({
    jobId: (JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as { jobId: string }).jobId,
    round: Number(name.split(path.sep)[0]),
  }));
}

async function describe(ids: readonly string[], { clients }: ChaosCloud): Promise<readonly JobDetail[]> {
  const jobs: JobDetail[] = [];
  for (let i = 0; i < ids.length; i += DESCRIBED_AT_ONCE) {
    const { jobs: some = [] } = await clients.batch.send(new DescribeJobsCommand({ jobs: ids.slice(i, i + DESCRIBED_AT_ONCE) }));
    jobs.push(...some);
  }
  return jobs;
}

const childrenOf = ({ jobId = '', arrayProperties }: JobDetail): readonly string[] =>
  Array.from({ length: arrayProperties?.size ?? 0 }, (_, index) => `${jobId}:${index}`);

const lastedMs = ({ startedAt = 0, stoppedAt = 0 }: { startedAt?: number; stoppedAt?: number }): number =>
  startedAt > 0 ? Math.max(0, stoppedAt - startedAt) : 0;

/** What faults cost a run: the attempts that came to nothing, and the pauses before further rounds. */
export interface Losses {
  readonly attempts: number;
  readonly seconds: number;
}

export async function lossesOf(runId: string, report: Report, cloud: ChaosCloud): Promise<Losses> {
  const arrays = await describe(
    submittedIn(cloud.file('state', `runs/${runId}/rounds`)).map(({ jobId }) => jobId),
    cloud,
  );
  const children = await describe(arrays.flatMap(childrenOf), cloud);
  const tasks = [...arrays.filter(({ arrayProperties }) => !arrayProperties?.size), ...children];
  const lost = tasks.flatMap(({ attempts = [] }) => attempts.filter(({ container }) => container?.exitCode !== 0));
  const work = lost.reduce((sum, attempt) => sum + lastedMs(attempt), 0) / 1000;
  return { attempts: lost.length, seconds: work + (report.seconds.byState.Backoff ?? 0) };
}
