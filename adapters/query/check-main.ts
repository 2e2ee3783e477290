import { text } from 'node:stream/consumers';
import { type CheckedJob, checkJobs } from './check-job';

/** Judges the jobs that come on stdin and answers on stdout: for a caller that cannot wait for a promise. */
async function main(): Promise<void> {
  const jobs = JSON.parse(await text(process.stdin)) as readonly CheckedJob[];
  process.stdout.write(JSON.stringify(await checkJobs(jobs)));
}

void main();
