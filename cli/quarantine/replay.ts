import { basename } from 'node:path';
import type { ObjectRef } from '../../core/contracts';
import { replayKey } from '../../core/keys';
import type { Report } from '../../core/report/report-contract';
import { runIdOf } from '../../core/run-id';
import { refusingByName } from '../errors';
import { type FlowDeps, follow } from '../flow';
import { type ChosenRun, chooseRun } from '../last-run';
import { type ReplayFiles, type ReplaySource, writeReplayFiles } from './replay-files';

export interface ReplayOrder {
  readonly job: string;
  readonly source: ReplaySource;
  /** A run of its own, even if the same records were replayed before. */
  readonly again: boolean;
}

/** Processes records again as a run of their own, up to its report. */
export async function replayRecords(order: ReplayOrder, deps: FlowDeps): Promise<Report> {
  const files = await refusingByName(() => writeReplayFiles(order.source));
  deps.notice(`replaying ${files.records} record${files.records === 1 ? '' : 's'}`);
  const run = await requestReplay(order, files, deps);
  deps.notice(`run ${run.runId}`);
  return follow(run, deps);
}

/**
 * Requests one run over the records, as `run` does: the same records are the same run, unless it failed or the job has
 * changed since. Their files lie below no job's prefix, so that nothing reads them twice.
 */
async function requestReplay({ job, source, again }: ReplayOrder, files: ReplayFiles, { cloud, notice }: FlowDeps): Promise<ChosenRun> {
  const objects: ObjectRef[] = [...(files.objects ?? [])];
  for (const path of files.paths) {
    const { object } = await cloud.put(replayKey(job, source.runId, basename(path)), path, { again: false });
    objects.push(object);
  }
  // A run over exactly these files may be the one that found them bad.
  const own = files.objects ? `replay of ${source.runId}` : undefined;
  const nonceOf = (nonce: string | undefined): string | undefined =>
    [own, nonce].filter((part) => part !== undefined).join(' ') || undefined;
  const chosen = await chooseRun({ job, again, runId: (nonce) => runIdOf(job, objects, nonceOf(nonce)) }, { cloud, notice });
  const nonce = nonceOf(chosen.nonce);
  await cloud.request({ job, objects, replayOf: source.runId, ...(nonce !== undefined && { nonce }) });
  return chosen;
}
