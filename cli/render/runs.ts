import { createColors } from 'picocolors';
import type { Report } from '../../core/report/report-contract';
import { formatBytes } from '../../core/units';
import { newTable } from './table';
import { formatCount, formatSeconds, safe } from './text';

/** One run, as `runs --json` prints it. */
export interface RunLine {
  readonly runId: string;
  readonly job: string;
  readonly status: Report['status'] | 'RUNNING' | 'PUBLISHING' | 'INTERRUPTED';
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly records?: Report['records'];
  readonly bytes?: Report['bytes'];
}

const HEAD = ['run', 'status', 'started', 'took', 'read', 'written', 'bytes written'];

const took = ({ startedAt, endedAt }: RunLine): string =>
  endedAt === undefined ? '' : formatSeconds((Date.parse(endedAt) - Date.parse(startedAt)) / 1000);

/** A table for people, or a sentence when nothing ran yet. */
export function renderRuns(runs: readonly RunLine[], colors: boolean): string {
  if (runs.length === 0) return 'no runs yet: npm start makes one\n';
  const table = newTable({ head: HEAD, rightFrom: 3 });
  for (const run of runs) {
    const { records, bytes } = run;
    table.push([
      safe(run.runId),
      paint(run.status, colors),
      run.startedAt.slice(0, 19).replace('T', ' '),
      took(run),
      records ? formatCount(records.read) : '',
      records ? formatCount(records.written) : '',
      bytes ? formatBytes(bytes.written) : '',
    ]);
  }
  return `${table.toString()}\n`;
}

/** Statuses look alike in every table. */
export function paint(status: RunLine['status'], colors: boolean): string {
  const { green, red, yellow } = createColors(colors);
  if (status === 'SUCCEEDED') return green(status);
  return status === 'FAILED' || status === 'ABORTED' ? red(status) : yellow(status);
}
