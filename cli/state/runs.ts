import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Decision, RunInput } from '../../core/contracts';
import { decisionKey, historyPrefix, inputKey, reportKey, reportsPrefix, runPrefix } from '../../core/keys';
import { HistoryRecord } from '../../core/plan/sizing';
import { Report } from '../../core/report/report-contract';
import { CloudError } from '../errors';

/** A run as far as the state folder tells. */
export interface KnownRun {
  readonly runId: string;
  readonly job: string;
  readonly startedAt: string;
  /** Absent while it runs, or where it was interrupted. */
  readonly report?: Report;
  /** Whether it was decided to be published, and is not yet. */
  readonly publishing?: boolean;
  /** Where the report lies, or will. */
  readonly reportPath: string;
}

/** Where the local cloud shows a bucket's objects as plain files. */
export const bucketFolder = (stateDir: string, bucket: string): string => join(stateDir, 's3', bucket);

const folders = (path: string): readonly string[] =>
  existsSync(path) ? readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])) : [];

export interface RunPlace {
  readonly bucket: string;
  readonly runId: string;
}

/** The bucket that holds a run's ledger. */
export const stateBucketOf = (stateDir: string, runId: string): string =>
  listRunIds(stateDir).find((place) => place.runId === runId)?.bucket ?? '';

/** Folders of all runs; the state bucket is the one that has them. */
export const listRunIds = (stateDir: string): readonly RunPlace[] =>
  folders(join(stateDir, 's3')).flatMap((bucket) =>
    folders(join(bucketFolder(stateDir, bucket), reportsPrefix)).map((runId) => ({ bucket, runId })),
  );

/** What a state file holds; undefined where it does not exist, since a run may not have come that far. */
function readRecord<T>(path: string, schema: z.ZodType<T>): T | undefined {
  if (!existsSync(path)) return undefined;
  const parsed = schema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (!parsed.success) throw new CloudError(`${path} is not what this version writes: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** The newest drive of a run that has left anything; 0 for a run that was never redriven. */
const lastDrive = (runFolder: string): number => folders(join(runFolder, 'drives')).reduce((last, name) => Math.max(last, Number(name)), 0);

/** What is known of one run; undefined before it was claimed. */
export function readRun(stateDir: string, { bucket, runId }: RunPlace): KnownRun | undefined {
  const path = (key: string): string => join(bucketFolder(stateDir, bucket), key);
  const input = readRecord(path(inputKey(runId)), RunInput);
  if (!input) return undefined;
  const drive = lastDrive(path(runPrefix(runId)));
  const reportPath = path(reportKey(runId, drive));
  const report = readRecord(reportPath, Report);
  const publishing = !report && readRecord(path(decisionKey(runId, drive)), Decision)?.decision === 'publish';
  const startedAt = report?.startedAt ?? statSync(path(inputKey(runId))).mtime.toISOString();
  return { runId, job: input.job, startedAt, reportPath, ...(report && { report }), ...(publishing && { publishing }) };
}

/** Every run of a state folder, newest first; needs no cloud. */
export function knownRuns(stateDir: string): readonly KnownRun[] {
  return listRunIds(stateDir)
    .flatMap((place) => readRun(stateDir, place) ?? [])
    .toSorted((a, b) => (a.startedAt === b.startedAt ? compare(a.runId, b.runId) : compare(b.startedAt, a.startedAt)));
}

/** What the finished runs of a job took, as Plan reads it. */
export const pastRuns = (stateDir: string, job: string): readonly HistoryRecord[] =>
  folders(join(stateDir, 's3'))
    .map((bucket) => join(bucketFolder(stateDir, bucket), historyPrefix(job)))
    .flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []))
    .flatMap((path) => readRecord(path, HistoryRecord) ?? []);

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
