import { formatCount, formatSeconds } from '../render/text';
import { unclaimedLine } from '../render/unclaimed';
import { type KnownRun, listRunIds, type RunPlace, readRun } from './runs';
import { knownUnclaimed } from './unclaimed';

/** Tells what became of runs since the last look; a run that ended is read once. */
export class RunWatcher {
  private readonly begun = new Set<string>();
  private readonly ended = new Set<string>();
  private readonly unclaimed = new Set<string>();

  constructor(private readonly stateDir: string) {}

  /** A line per run that began or ended, and per file that belongs to no job; the first look tells all that is there. */
  news(): readonly string[] {
    const runs = listRunIds(this.stateDir)
      .filter(({ runId }) => !this.ended.has(runId))
      .flatMap((place) => this.newsOf(place));
    return [...runs, ...this.strangers()];
  }

  private strangers(): readonly string[] {
    const found = [...knownUnclaimed(this.stateDir)].filter(([path]) => !this.unclaimed.has(path));
    for (const [path] of found) this.unclaimed.add(path);
    return found.map(([, file]) => unclaimedLine(file));
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
