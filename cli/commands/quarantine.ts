import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { createLocalFiles } from '../../adapters/local-files';
import type { ObjectStore } from '../../adapters/ports';
import { quarantinedRecords } from '../../adapters/quarantined';
import { type DriveRef, findPlan } from '../../adapters/run-plan';
import type { QuarantinedRecord } from '../../core/contracts';
import type { Cloud } from '../cloud/port';
import { ExitCode, refusingByName } from '../errors';
import { inCloud, noticeTo, openUnlessInterrupted } from '../execute';
import type { Io, Outcome } from '../io';
import { readJobsFolder, requireJob } from '../jobs';
import { type AddCommand, type CommonOptions, commonOptions, withCommonOptions } from '../options';
import { exportRaw } from '../quarantine/export-raw';
import type { OpenBucket } from '../quarantine/pinned-objects';
import { replayRecords } from '../quarantine/replay';
import type { ReplayInput } from '../quarantine/replay-files';
import { renderQuarantine } from '../render/quarantine';
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
      answer(await exportTo(wanted, to, commonOptions(options, io), io));
    });
  sub('replay', 'process them again as a run of their own, under the spec and code as they are now')
    .option('--again', 'even if the same records were replayed before')
    .action(async (wanted: string, options) =>
      answer(await replay({ wanted, again: options.again === true }, commonOptions(options, io), io)),
    );
};

interface Found {
  readonly run: KnownRun;
  readonly state: ObjectStore;
  readonly ref: DriveRef;
  readonly records: AsyncIterable<QuarantinedRecord>;
}

function find(wanted: string, { stateDir }: CommonOptions): Found {
  const run = findRun(knownRuns(stateDir), wanted);
  const state = createLocalFiles(bucketFolder(stateDir, stateBucketOf(stateDir, run.runId)));
  const ref = { runId: run.runId, drive: run.report?.drives?.at(-1)?.drive };
  return { run, state, ref, records: quarantinedRecords(state, ref) };
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

interface Target {
  readonly file: string;
  readonly raw: boolean;
}

async function exportTo(wanted: string, { file, raw }: Target, options: CommonOptions, io: Io): Promise<Outcome> {
  const found = find(wanted, options);
  const { runId } = found.run;
  const total = raw ? await exportBytes(found, file, { options, io }) : await exportLines(found, file);
  return { exitCode: ExitCode.Ok, json: { runId, total, file }, text: `${total} records written to ${file}\n` };
}

/** A new file each time, so that nothing of an earlier export is left in it. */
async function exportLines({ records }: Found, file: string): Promise<number> {
  writeFileSync(file, '');
  let total = 0;
  for await (const record of records) {
    writeFileSync(file, `${JSON.stringify(record)}\n`, { flag: 'a' });
    total++;
  }
  return total;
}

/** Of a run without a plan all records are lines of text. */
const LINES: ReplayInput = { format: 'jsonl', encoding: 'utf-8' };

async function exportBytes({ run, state, ref, records }: Found, file: string, world: World): Promise<number> {
  const input = (await findPlan(state, ref))?.config.spec.input ?? LINES;
  return withBuckets(world, (openBucket) =>
    refusingByName(() => exportRaw({ runId: run.runId, spec: { input }, records, openBucket, file })),
  );
}

interface World {
  readonly options: CommonOptions;
  readonly io: Io;
}

/** Brings up the cloud once a bucket is asked for, and takes it down again: most records are kept whole. */
async function withBuckets<T>({ options, io }: World, work: (openBucket: OpenBucket) => Promise<T>): Promise<T> {
  let cloud: Promise<Cloud> | undefined;
  try {
    return await work(async (bucket) => {
      cloud ??= openUnlessInterrupted(options, io, noticeTo(io, options.quiet));
      return (await cloud).store(bucket);
    });
  } finally {
    await (await cloud)?.stop();
  }
}

interface Replay {
  readonly wanted: string;
  readonly again: boolean;
}

async function replay({ wanted, again }: Replay, options: CommonOptions, io: Io): Promise<Outcome> {
  const { run, state, ref, records } = find(wanted, options);
  const job = requireJob(run.job, readJobsFolder(options.jobsDir, io.cwd));
  const read = (await findPlan(state, ref))?.config.spec.input;
  const folder = await mkdtemp(join(tmpdir(), 'batchwright-replay-'));
  try {
    return await inCloud(options, io, (deps) => {
      const openBucket = (bucket: string) => deps.cloud.store(bucket);
      const source = { runId: run.runId, spec: job.spec, records, openBucket, folder, ...(read && { read }) };
      return replayRecords({ job: run.job, source, again }, deps);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
