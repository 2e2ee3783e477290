import { openLocalCloud } from './cloud/open';
import { ExitCode } from './errors';
import type { Io } from './io';
import { main } from './main';

/** A service or worker that does not let go would keep a finished command open. */
const LINGER_MS = 3000;

/** Runs the command of this process; the only place of the command line that touches it. */
export async function runProcess(): Promise<void> {
  const interruption = new AbortController();
  // `once`: a second Ctrl-C is the system's, and ends the process at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
  process.stdout.on('error', endOnBrokenPipe);
  const io: Io = {
    stdout: process.stdout,
    stderr: process.stderr,
    cwd: process.cwd(),
    colors: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
    interrupted: interruption.signal,
    openCloud: openLocalCloud,
  };
  process.exitCode = await main(process.argv.slice(2), io);
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

/** `batchwright runs | head` is no error. */
function endOnBrokenPipe(error: NodeJS.ErrnoException): void {
  process.exit(error.code === 'EPIPE' ? ExitCode.Ok : ExitCode.Failed);
}
