import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { ObjectRef } from '../../core/contracts';
import { replayKey } from '../../core/keys';
import type { Report } from '../../core/report/report-contract';
import { runIdOf } from '../../core/run-id';
import { refusingByName } from '../errors';
import { type FlowDeps, follow } from '../flow';
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
  deps.notice(`replaying ${files.records} records`);
  const runId = await requestReplay(order, files, deps);
  deps.notice(`run ${runId}`);
  return follow({ runId, drive: 0 }, deps);
}

/** Requests one run over the records; the same records are the same run. Their files lie below no job's prefix, so that nothing reads them twice. */
async function requestReplay({ job, source, again }: ReplayOrder, files: ReplayFiles, { cloud, notice }: FlowDeps): Promise<string> {
  const objects: ObjectRef[] = [...(files.objects ?? [])];
  let isNew = objects.length > 0;
  for (const path of files.paths) {
    const { object, uploaded } = await cloud.put(replayKey(job, source.runId, basename(path)), path, { again: false });
    objects.push(object);
    isNew ||= uploaded;
  }
  // A run over exactly these files may be the one that found them bad.
  const own = files.objects ? `replay of ${source.runId}` : undefined;
  const nonce = again ? randomUUID() : own;
  await cloud.request({ job, objects, ...(nonce !== undefined && { nonce }) });
  if (!isNew && !again) notice('these records were replayed before: showing their run (--again makes another)');
  return runIdOf(job, objects, nonce);
}
