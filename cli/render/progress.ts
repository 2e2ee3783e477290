import type { RunState } from '../cloud/port';
import { formatCount, formatSeconds } from './text';

/** A run as seen at one moment. */
export interface Snapshot {
  readonly run: RunState;
  /** Since this process began to watch. */
  readonly seconds: number;
  /** Records that were read already when the watch began: another process's work. */
  readonly readBefore: number;
}

export const recordsPerSecond = ({ run, seconds, readBefore }: Snapshot): number =>
  seconds > 0 ? Math.max(0, run.records.read - readBefore) / seconds : 0;

/** What the bar says beside itself. */
export function progressDetail(snapshot: Snapshot): string {
  const { run } = snapshot;
  return [
    run.state ?? run.status,
    `${formatCount(run.records.read)} records`,
    `${formatCount(recordsPerSecond(snapshot))}/s`,
    `${formatCount(run.records.quarantined)} quarantined`,
  ].join(' | ');
}

/** Chunks that were cut make more than were planned. */
const chunksDone = ({ committed, planned }: RunState): string =>
  planned !== undefined && committed > planned ? `${committed} chunks, more than were planned` : `${committed} of ${planned ?? '?'} chunks`;

/** The same in one line, for logs. */
export function progressLine(snapshot: Snapshot): string {
  return `${formatSeconds(snapshot.seconds)}: ${chunksDone(snapshot.run)} | ${progressDetail(snapshot)}`;
}
