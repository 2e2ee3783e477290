import { reportKey } from '../core/keys';
import type { Report } from '../core/report/report-contract';
import type { Cloud } from './cloud/port';
import { CloudError, ExitCode, InterruptedError } from './errors';
import { type FlowDeps, type Order, runFlow } from './flow';
import type { Io, Outcome } from './io';
import type { CommonOptions } from './options';
import { renderReport } from './render/report';
import { renderRows } from './render/rows';
import { createView } from './render/view';
import { readSampleRows } from './sample-rows';
import { localPathOf, withLocalPath } from './state/local-path';

/** Runs one order in the cloud. */
export const execute = (order: Order, options: CommonOptions, io: Io): Promise<Outcome> =>
  inCloud(options, io, (deps) => runFlow(order, deps));

/** Brings up the cloud, has something done in it that ends with a report, and takes the cloud down again, whatever happens. */
export async function inCloud(options: CommonOptions, io: Io, work: (deps: FlowDeps) => Promise<Report>): Promise<Outcome> {
  const notice = noticeTo(io, options.quiet);
  const cloud = await openUnlessInterrupted(options, io, notice);
  const view = createView(io.stderr, options.quiet);
  try {
    const report = await work({ cloud, view, notice, interrupted: io.interrupted, now: () => performance.now() });
    return await outcomeOf(withLocalPath(report, options.stateDir), { ...options, colors: io.colors, bucket: cloud.buckets.state });
  } finally {
    view.stop();
    await cloud.stop();
  }
}

/** Ctrl-C ends what the opening has started too, so a failure after it is no failure. */
export async function openUnlessInterrupted(options: CommonOptions, io: Io, log: (line: string) => void): Promise<Cloud> {
  try {
    const { jobsDir, stateDir, faults } = options;
    const cloud = await io.openCloud({ jobsDir, stateDir, log, ...(faults && { faults }) });
    if (!io.interrupted.aborted) return cloud;
    await cloud.stop();
  } catch (error) {
    if (!io.interrupted.aborted) throw error;
  }
  throw new InterruptedError('interrupted before anything was started');
}

/** Lines for people while a command works. */
export const noticeTo =
  (io: Io, quiet: boolean) =>
  (line: string): void => {
    if (!quiet) io.stderr.write(`${line}\n`);
  };

interface Place {
  readonly stateDir: string;
  readonly bucket: string;
  readonly colors: boolean;
}

async function outcomeOf(report: Report, { stateDir, bucket, colors }: Place): Promise<Outcome> {
  const drive = report.drives?.at(-1)?.drive;
  const reportPath = localPathOf(stateDir, `s3://${bucket}/${reportKey(report.runId, drive)}`);
  const published = report.status === 'SUCCEEDED' && report.output.manifest !== undefined;
  if (report.status === 'SUCCEEDED' && !published) throw new CloudError(`run ${report.runId} says SUCCEEDED without a manifest`);
  const sample = published && report.output.localPath !== undefined ? await readSampleRows(report.output.localPath) : undefined;
  const table = renderReport(report, { stateDir, colors, ...(reportPath !== undefined && { reportPath }) });
  return {
    exitCode: published ? ExitCode.Ok : ExitCode.Failed,
    json: report,
    text: sample ? `${table}${renderRows(sample)}` : table,
  };
}
