import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type ARun, type RunOptions, withRun } from './a-run';

/** What hands every record on as it is, in each of the three ways. */
export const PROCESSORS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  sql: { sql: 'SELECT * FROM input' },
  module: { module: 'same.ts' },
  command: { command: ['python3', '-uc', 'import sys\nfor line in sys.stdin: print(\'{"ok": \' + line.rstrip("\\n") + "}")'] },
};

export interface Case {
  readonly file: string | Buffer;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly schema?: Readonly<Record<string, unknown>>;
  readonly planned?: RunOptions['planned'];
  /** In place of the one that hands all records on. */
  readonly query?: string;
}

/** What became of a file: the exit code, the rows, and what was set aside or said. */
export interface Verdict {
  readonly code: number;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly bad: readonly { readonly offset: number; readonly record: number; readonly class: string; readonly reason: string }[];
  readonly failure?: { readonly class: string; readonly message: string; readonly hint: string };
}

/** Runs a file through a processor. */
export async function verdictOf({ file, input, schema, planned, query }: Case, processor: string): Promise<Verdict> {
  const jobsFolder = mkdtempSync(path.join(os.tmpdir(), 'bad-input-'));
  writeFileSync(path.join(jobsFolder, 'same.js'), 'module.exports = { process: (record) => record };');
  const options: RunOptions = {
    files: [file],
    spec: {
      input: { prefix: 'incoming/', format: 'csv', ...input },
      process: query === undefined ? PROCESSORS[processor] : { sql: query },
      output: { format: 'jsonl' },
    },
    schemas: schema ? { input: { type: 'object', ...schema } } : {},
    jobsFolder,
    ...(planned && { planned }),
  };
  try {
    return await withRun(options, judge);
  } finally {
    rmSync(jobsFolder, { recursive: true, force: true });
  }
}

async function judge(run: ARun): Promise<Verdict> {
  const code = await run.work();
  const keys = await run.publish();
  const rows = keys.flatMap((key) => run.output.text(key).trim().split('\n')).filter((line) => line !== '');
  const bad = await run.quarantined();
  return {
    code,
    rows: rows.map((line) => JSON.parse(line)),
    bad: bad.map(({ offset, record, class: faultClass, reason }) => ({ offset, record, class: faultClass, reason })),
    ...(run.complaints()[0] && { failure: run.complaints()[0]?.failure }),
  };
}
