import { z } from 'zod';
import { ExitCode } from '../../core/exit-codes';
import { CodeFailure, ConfigFailure, DataFailure, TryAgainFailure, type WorkerFailure } from '../failures';

/** One answer per record, in order. */
const Answer = z.union([
  z.strictObject({ ok: z.record(z.string(), z.unknown()) }),
  z.strictObject({ filter: z.literal(true) }),
  z.strictObject({ skip: z.string() }),
]);

/** The answer that a line of a program's output is; undefined when it is none. */
export function parseAnswer(line: string): z.infer<typeof Answer> | undefined {
  return Answer.safeParse(parseLine(line)).data;
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Not JSON, so no answer: the schema refuses it.
    return undefined;
  }
}

/** What a program's exit code says about why it ended. */
export function exitFailure(code: number | null, message: string): WorkerFailure {
  if (code === ExitCode.Data) return new DataFailure(message, 'the command says that the input is at fault: look at its stderr in the log');
  if (code === ExitCode.Config)
    return new ConfigFailure(message, 'the command says that its configuration is at fault: look at its stderr in the log');
  if (code === ExitCode.TryAgain) return new TryAgainFailure(message, 'the command asks for another attempt');
  return new CodeFailure(message, 'look at its stderr in the log of this task');
}
