import { createColors } from 'picocolors';
import type { Report } from '../../core/report/report-contract';
import { formatBytes } from '../../core/units';
import { localPathOf } from '../state/local-path';
import { roundLines } from './rounds';
import { paint } from './runs';
import { newTable } from './table';
import { formatCount, formatSeconds, formatUsd, plural, safe, shorten } from './text';

export interface RenderOptions {
  readonly stateDir: string;
  readonly colors: boolean;
  /** Where the report itself lies. */
  readonly reportPath?: string;
}

/** A reason is one line. */
const REASON_WIDTH = 100;

type Row = readonly [string, string];

/** The end of a run for people: what came of the records, what it took, and where things lie. */
export function renderReport(report: Report, options: RenderOptions): string {
  const table = newTable();
  const rows = [...recordRows(report, options.colors), ...effortRows(report), ...workerRows(report), ...placeRows(report, options)];
  for (const row of rows) table.push([...row]);
  return `${title(report, options.colors)}\n${table.toString()}\n${failureLines(report, options.colors)}`;
}

const title = ({ job, runId, status }: Report, colors: boolean): string => `${safe(job)}  ${paint(status, colors)}  ${safe(runId)}`;

const metricLines = (metrics: Report['metrics'] = {}): string =>
  Object.entries(metrics)
    .map(([name, value]) => `${safe(name)} ${formatCount(value)}`)
    .join('\n');

function recordRows({ records, metrics, reconciliation }: Report, colors: boolean): readonly Row[] {
  const { green, red, yellow } = createColors(colors);
  const failed = reconciliation.checks.filter(({ ok }) => !ok);
  const verdict = { BALANCED: green, UNVERIFIED: yellow, MISMATCH: red }[reconciliation.verdict](reconciliation.verdict);
  const detail = failed.map(
    ({ name, expected, actual, severity }) =>
      `\n${severity === 'warn' ? 'warning: ' : ''}${safe(name)}: expected ${safe(expected)}, actual ${safe(actual)}`,
  );
  return [
    ['records read', formatCount(records.read)],
    ['written', `${formatCount(records.written)}${records.rows === undefined ? '' : ` as ${plural(records.rows, 'row')}`}`],
    ['filtered', formatCount(records.filtered)],
    ['quarantined', formatCount(records.quarantined)],
    ...(metrics === undefined ? [] : [['counted', metricLines(metrics)] as const]),
    ['books', `${verdict} (${plural(reconciliation.checks.length, 'check')})${detail.join('')}`],
  ];
}

/** Where the workers' time went, and what they needed. */
function workerRows({ worker }: Report): readonly Row[] {
  if (!worker) return [];
  const { cpuSeconds, childCpuSeconds = 0, peakRssBytes, retries } = worker;
  const stages = Object.entries(worker.seconds).map(([stage, spent]) => `${safe(stage)} ${formatSeconds(spent)}`);
  const cpu = `${formatSeconds(cpuSeconds + childCpuSeconds)} of CPU, ${formatBytes(peakRssBytes)} of memory at most`;
  const engines = Object.entries(worker.engines).map(([name, versions]) => `${safe(name)} ${versions.map(safe).join(', ')}`);
  return [
    ['workers', [cpu, ...stages, ...(retries > 0 ? [`${plural(retries, 'request')} sent again`] : []), engines.join(', ')].join('\n  ')],
  ];
}

function effortRows({ output, bytes, chunks, tasks, rounds, seconds, throughput, cost }: Report): readonly Row[] {
  const redone = chunks.redone > 0 ? `, ${chunks.redone} redone` : '';
  const cut = chunks.bisected > 0 ? `, ${chunks.bisected} cut in search of bad records` : '';
  const lines = roundLines(rounds);
  const states = Object.entries(seconds.byState).map(([state, spent]) => `${safe(state)} ${formatSeconds(spent)}`);
  return [
    ['output', `${plural(output.parts, 'part')}, ${formatBytes(bytes.written)} from ${formatBytes(bytes.read)}`],
    ['work', `${plural(chunks.planned, 'chunk')} in ${plural(tasks, 'task')}${redone}${cut}`],
    ...(lines.length > 0 ? [['rounds', lines.join('\n')] as const] : []),
    ['duration', [formatSeconds(seconds.total), ...states].join('\n  ')],
    ['throughput', `${formatCount(throughput.recordsPerSecond)} records/s, ${formatBytes(Math.round(throughput.bytesPerSecond))}/s`],
    ['on Fargate', [`${formatUsd(cost.usd)}, of which wasted ${formatUsd(cost.wastedUsd)}`, ...cost.assumptions.map(safe)].join('\n  ')],
  ];
}

function placeRows({ output, quarantine }: Report, { stateDir, reportPath }: RenderOptions): readonly Row[] {
  const local = (uri: string): string => safe(localPathOf(stateDir, uri) ?? uri);
  return [
    ['published to', output.manifest === undefined ? 'nothing was published' : safe(output.localPath ?? output.uri)],
    ...(output.manifest === undefined ? [] : [['manifest', local(output.manifest)] as const]),
    ...(quarantine ? [['quarantine', quarantineLines(quarantine, local(quarantine.uri))] as const] : []),
    ...(reportPath === undefined ? [] : [['report', safe(reportPath)] as const]),
  ];
}

/** Where the bad records are, how many of each class, and what is wrong with most of them. */
function quarantineLines({ records, classes = {}, reasons = [] }: NonNullable<Report['quarantine']>, place: string): string {
  const counts = Object.entries(classes).map(([name, count]) => `${name} ${formatCount(count)}`);
  const most = reasons.map((one) => `${one.class} ${formatCount(one.records)}: ${shorten(safe(one.reason), REASON_WIDTH)}`);
  return [`${plural(records, 'record')} in ${place}`, ...(counts.length > 1 ? [counts.join(', ')] : []), ...most].join('\n  ');
}

/** Class, what happened, what to do. */
function failureLines({ failure }: Report, colors: boolean): string {
  if (!failure) return '';
  const { red, bold } = createColors(colors);
  return `${red(`${bold(failure.class)}: ${safe(failure.message)}`)}\n${red(`what to do: ${safe(failure.hint)}`)}\n`;
}
