import { Child } from '../command/child';
import { Conversation } from '../command/conversation';
import { RowWriter } from '../rows/writer';
import type { Processor } from '../work';

/** A record may take long, but nobody waits for ever. */
export const DEFAULT_TIMEOUT_SECONDS = 300;

export interface CommandSpec {
  readonly command: readonly string[];
  /** In seconds. @default 300 */
  readonly timeout?: number;
}

/** Runs a program of any language over a chunk: one JSON line in, one JSON line out. */
export const commandProcessor =
  ({ command, timeout = DEFAULT_TIMEOUT_SECONDS }: CommandSpec): Processor =>
  async (work) => {
    const writer = new RowWriter(work);
    const child = new Child(command, work);
    const filtered = await new Conversation({ work, writer, child, timeoutMs: timeout * 1000 }).hold();
    return { ...(await writer.finish()), written: writer.rows, filtered };
  };
