import { Presets, SingleBar } from 'cli-progress';
import type { Sink } from '../io';
import { progressDetail, progressLine, type Snapshot } from './progress';

/** Shows a run while it runs. */
export interface View {
  update(snapshot: Snapshot): void;
  stop(): void;
}

/** Often enough to see that it lives, seldom enough for a log. */
const LINE_EVERY_SECONDS = 3;

/** A bar on a terminal, lines in a log, nothing when quiet. */
export function createView(stderr: Sink, quiet: boolean): View {
  if (quiet) return { update: () => undefined, stop: () => undefined };
  return stderr.isTTY === true && isStream(stderr) ? barView(stderr) : lineView(stderr);
}

const isStream = (sink: Sink): sink is Sink & NodeJS.WritableStream => 'on' in sink;

function barView(stream: NodeJS.WritableStream): View {
  const options = {
    stream,
    format: '{bar} {value}/{total} chunks | {detail}',
    clearOnComplete: true,
    hideCursor: true,
    // Ctrl-C is ours: the cloud is stopped first.
    gracefulExit: false,
  };
  const bar = new SingleBar(options, Presets.shades_classic);
  bar.start(1, 0, { detail: 'starting' });
  return {
    update: (snapshot) => {
      bar.setTotal(Math.max(snapshot.run.planned ?? 1, snapshot.run.committed, 1));
      bar.update(snapshot.run.committed, { detail: progressDetail(snapshot) });
    },
    stop: () => bar.stop(),
  };
}

function lineView(stderr: Sink): View {
  let next = 0;
  return {
    update: (snapshot) => {
      if (snapshot.seconds < next) return;
      next = snapshot.seconds + LINE_EVERY_SECONDS;
      stderr.write(`${progressLine(snapshot)}\n`);
    },
    stop: () => undefined,
  };
}
