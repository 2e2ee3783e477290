import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { createLocalFiles } from '../../adapters/local-files';
import { quarantinedRecords } from '../../adapters/quarantined';
import { type QuarantinedRecord, rawBytesOf } from '../../core/contracts';
import { ExitCode } from '../errors';
import { inCloud } from '../execute';
import { runFlow } from '../flow';
import type { Io, Outcome } from '../io';
import { readJobsFolder, requireJob } from '../jobs';
import { type AddCommand, type CommonOptions, commonOptions, withCommonOptions } from '../options';
import { writeReplayFiles } from '../quarantine/replay-files';
import { renderQuarantine } from '../render/quarantine';
import { parseSources } from '../sources';
import { bucketFolder, type KnownRun, knownRuns, stateBucketOf } from '../state/runs';
import { findRun } from './show';

const EXAMPLES = `
Examples:
  $ npx batchwright quarantine list birdstrikes-3f9a
  $ npx batchwright quarantine export birdstrikes-3f9a --out bad.jsonl      one JSON line for each record
  $ npx batchwright quarantine export birdstrikes-3f9a --out bad.txt --raw  the records as they stood in their files
  $ npx batchwright quarantine replay birdstrikes-3f9a                      after a fix: a new run over them alone`;

/** As many as fit on a screen. */
const SHOWN = 20;

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError(`received ${text}, expected a whole number from 1 on`);
  return Number(text);
}

/** `quarantine list|export|replay <run>`: what to do about bad records. */
export const addQuarantine: AddCommand = (program, io, answer) => {
  const group = program
    .command('quarantine')
    .description('see, take out and process again the bad records of a run')
    .addHelpText('after', EXAMPLES);
  const sub = (name: string, description: string): Command =>
    withCommonOptions(group.command(name)).description(description).argument('<run>', 'a run id, or the beginning of one');

  sub('list', 'how many of which class, and the first ones')
    .option('--limit <n>', 'records shown', wholeNumber, SHOWN)
    .action(async (wanted: string, options) => answer(await list(wanted, options.limit, commonOptions(options, io))));
  sub('export', 'write them to a file')
    .requiredOption('--out <file>', 'where to')
    .option('--raw', 'the bytes of the records alone, one after another')
    .action(async (wanted: string, options) => {
      const to = { file: resolve(io.cwd, String(options.out)), raw: options.raw === true };
      answer(await exportTo(wanted, to, commonOptions(options, io)));
    });
  sub('replay', 'process them again as a run of their own, under the spec and code as they are now')
    .option('--again', 'even if the same records were replayed before')
    .action(async (wanted: string, options) =>
      answer(await replay({ wanted, again: options.again === true }, commonOptions(options, io), io)),
    );
};

interface Found {
  readonly run: KnownRun;
  readonly records: AsyncIterable<QuarantinedRecord>;
}

function find(wanted: string, { stateDir }: CommonOptions): Found {
  const run = findRun(knownRuns(stateDir), wanted);
  const state = createLocalFiles(bucketFolder(stateDir, stateBucketOf(stateDir, run.runId)));
  return { run, records: quarantinedRecords(state, { runId: run.runId, drive: run.report?.drives?.at(-1)?.drive }) };
}

async function list(wanted: string, limit: number, options: CommonOptions): Promise<Outcome> {
  const { run, records } = find(wanted, options);
  const classes: Record<string, number> = {};
  const first: QuarantinedRecord[] = [];
  let total = 0;
  for await (const record of records) {
    total++;
    classes[record.class] = (classes[record.class] ?? 0) + 1;
    if (first.length < limit) first.push(record);
  }
  const found = { runId: run.runId, total, classes, records: first };
  return { exitCode: ExitCode.Ok, json: found, text: renderQuarantine(found) };
}

/** A new file each time, so that nothing of an earlier export is left in it. */
async function exportTo(wanted: string, { file, raw }: { file: string; raw: boolean }, options: CommonOptions): Promise<Outcome> {
  const { run, records } = find(wanted, options);
  writeFileSync(file, '');
  let total = 0;
  for await (const record of records) {
    const line = raw ? rawBytesOf(record) : Buffer.from(JSON.stringify(record));
    writeFileSync(file, Buffer.concat([line, Buffer.from('\n')]), { flag: 'a' });
    total++;
  }
  return { exitCode: ExitCode.Ok, json: { runId: run.runId, total, file }, text: `${total} records written to ${file}\n` };
}

async function replay({ wanted, again }: { wanted: string; again: boolean }, options: CommonOptions, io: Io): Promise<Outcome> {
  const { run, records } = find(wanted, options);
  const job = requireJob(run.job, readJobsFolder(options.jobsDir, io.cwd));
  const folder = await mkdtemp(join(tmpdir(), 'batchwright-replay-'));
  try {
    return await inCloud(options, io, async (deps) => {
      const openBucket = (bucket: string) => deps.cloud.store(bucket);
      const files = await writeReplayFiles({ runId: run.runId, spec: job.spec, records, openBucket, folder });
      deps.notice(`replaying ${files.records} records`);
      return runFlow({ job, sources: parseSources(files.paths, io.cwd), again }, deps);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
