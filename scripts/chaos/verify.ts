import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { outputPrefix, reportKey } from '../../core/keys';
import { Report } from '../../core/report/report-contract';
import type { ChaosCloud } from './cloud';
import { type ChaosJob, type Expected, failsFirst, hashOf } from './files';
import { rowsOf } from './rows';

/** A run that was asked for. */
export interface Drop {
  readonly n: number;
  readonly job: ChaosJob;
  readonly runId: string;
  readonly droppedAt: number;
  readonly expected: Expected;
}

/** How a run ended, and everything that is wrong with that. */
export interface Verdict {
  readonly drop: Drop;
  readonly outcome: 'published' | 'failed' | 'violated';
  readonly violations: readonly string[];
  readonly report?: Report;
}

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

const filesIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);

interface ManifestFile {
  readonly parts: readonly { readonly key: string }[];
  readonly rows: number;
}

/** Trusts what a reader may trust: `_SUCCESS`, then the manifest, then the parts that it lists. */
async function publishedViolations({ expected, job, runId }: Drop, report: Report, cloud: ChaosCloud): Promise<string[]> {
  const prefix = outputPrefix(job, runId);
  const present = filesIn(cloud.file('output', prefix));
  if (!present.includes('_SUCCESS')) return [`reported as published, but there is no _SUCCESS among ${present.length} files`];
  const { parts, rows: promised } = readJson(cloud.file('output', `${prefix}_manifest.json`)) as ManifestFile;
  const missing = parts.filter(({ key }) => !existsSync(cloud.file('output', key)));
  if (missing.length > 0) return [`listed in the manifest and not there: ${missing.map(({ key }) => key).join(', ')}`];
  const rows = await rowsOf(parts.map(({ key }) => cloud.file('output', key)));
  const { records } = report;
  const strangers = present.filter((name) => name.startsWith('part-') && !parts.some(({ key }) => key.endsWith(`/${name}`)));
  return [
    ...(rows.length === expected.records.written ? [] : [`${rows.length} rows, expected ${expected.records.written}`]),
    ...(hashOf(rows) === expected.hash ? [] : ['the rows are not those expected']),
    ...(promised === rows.length ? [] : [`the manifest promises ${promised} rows, there are ${rows.length}`]),
    ...(['read', 'written', 'filtered', 'quarantined'] as const)
      .filter((name) => records[name] !== expected.records[name])
      .map((name) => `${records[name]} records ${name}, expected ${expected.records[name]}`),
    ...(report.reconciliation.verdict === 'BALANCED' ? [] : [`published though the books say ${report.reconciliation.verdict}`]),
    ...strangers.map((name) => `${name} is in no manifest`),
  ];
}

/** A failed run has a class and a hint, and leaves nothing in the output bucket. */
function failedViolations({ job, runId }: Drop, { failure }: Report, cloud: ChaosCloud): string[] {
  const visible = filesIn(cloud.file('output', outputPrefix(job, runId)));
  return [
    ...(failure && failure.message !== '' && failure.hint !== '' ? [] : ['failed without saying why']),
    ...(visible.length === 0 ? [] : [`failed, and ${visible.join(', ')} can be seen`]),
  ];
}

/** Judges a run whose execution has ended, or a drive of it. */
export async function verdictOf(drop: Drop, cloud: ChaosCloud, drive = 0): Promise<Verdict> {
  const { job, runId } = drop;
  const file = cloud.file('state', reportKey(runId, drive));
  if (!existsSync(file)) return { drop, outcome: 'violated', violations: ['its execution ended without a report'] };
  const report = Report.parse(readJson(file));
  const published = report.status === 'SUCCEEDED';
  const violations = published ? await publishedViolations(drop, report, cloud) : failedViolations(drop, report, cloud);
  if (published && drive === 0 && failsFirst(job)) violations.push(`published, though ${job} allows no bad record`);
  const outcome = violations.length > 0 ? 'violated' : published ? 'published' : 'failed';
  return { drop, outcome, violations, report };
}
