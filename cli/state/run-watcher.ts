import { formatCount, formatSeconds } from '../render/text';
import { type KnownRun, listRunIds, type RunPlace, readRun } from './runs';

/** Tells what became of runs since the last look; a run that ended is read once. */
export class RunWatcher {
  private readonly begun = new Set<string>();
  private readonly ended = new Set<string>();

  constructor(private readonly stateDir: string) {}

  /** A line per run that began or ended; the first look tells all that is there. */
  news(): readonly string[] {
    return listRunIds(this.stateDir)
      .filter(({ runId }) => !this.ended.has(runId))
      .flatMap((place) => this.newsOf(place));
  }

  private newsOf(place: RunPlace): readonly string[] {
    const run = readRun(this.stateDir, place);
    if (!run) return [];
    const lines = this.begun.has(run.runId) ? [] : [`started ${run.runId}`];
    this.begun.add(run.runId);
    if (!run.report) return lines;
    this.ended.add(run.runId);
    return [...lines, endLine(run.report)];
  }
}

const endLine = ({ runId, status, records, seconds, failure }: NonNullable<KnownRun['report']>): string => {
  const outcome = failure ? `${failure.class}: ${failure.message}` : `${formatCount(records.written)} records written`;
  return `${status.toLowerCase()} ${runId} after ${formatSeconds(seconds.total)}: ${outcome}`;
};
