import { stat } from 'node:fs/promises';
import path from 'node:path';
import { countsRowsOnly, isOfRun, keysOf } from '../../core/commit/quality';
import { KEY_BYTES } from '../../core/commit/unique-keys';
import type { QualityFinding } from '../../core/contracts';
import type { QualityRule } from '../../core/spec/sections/quality';
import { type Engine, identifier, literal } from '../engine';
import { ConfigFailure } from '../failures';
import { refuseChanging } from '../sql/judge';
import type { ChunkWork } from '../work';
import { countsOf } from './rules';

/** What the rules of a job found in a chunk's rows, with the files of keys that must still be stored. */
export interface Found extends Omit<QualityFinding, 'keys'> {
  readonly keys?: { readonly file: string; readonly count: number };
}

/** The rules for which the rows themselves must be looked at. */
export const rulesOf = ({ config }: Pick<ChunkWork, 'config'>): readonly QualityRule[] => config.spec.quality ?? [];
export const looksAtRows = (work: Pick<ChunkWork, 'config'>): boolean => !rulesOf(work).every(countsRowsOnly);

/** Looks at a chunk's rows, as an SQL relation of at least one, by every rule that needs it. */
export async function evaluate(engine: Engine, relation: string, work: Pick<ChunkWork, 'config' | 'scratch'>): Promise<readonly Found[]> {
  // A rule sees what is published and nothing else.
  await engine.run('DROP VIEW IF EXISTS input');
  await engine.run(`CREATE VIEW output AS SELECT * FROM ${relation}`);
  const found: Found[] = [];
  for (const [index, rule] of rulesOf(work).entries()) {
    if (countsRowsOnly(rule)) continue;
    found.push({ rule: index, ...(await told(index, () => lookBy(engine, rule, path.join(work.scratch, `keys-${index}`)))) });
  }
  return found;
}

type Look = Omit<Found, 'rule'>;

/** What the engine complains of is the rule's fault. */
async function told(index: number, look: () => Promise<Look>): Promise<Look> {
  try {
    return await look();
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    if (message.startsWith('Out of Memory')) throw thrown;
    throw new ConfigFailure(`quality[${index}]: ${message}`, 'a rule is about the columns of the output: correct it in the spec');
  }
}

function lookBy(engine: Engine, rule: QualityRule, file: string): Promise<Look> {
  if (rule.unique !== undefined) return lookAtKeys(engine, rule, file);
  return rule.sql === undefined ? lookAtColumn(engine, rule) : ask(engine, rule.sql);
}

async function lookAtColumn(engine: Engine, rule: QualityRule): Promise<Look> {
  const { violations, example = 'NULL' } = countsOf(rule);
  const [row] = await engine.rows(`SELECT count(*) AS n, ${violations} AS violations, ${example} AS example FROM output`);
  const worst = row?.example;
  return { rows: Number(row?.n), violations: Number(row?.violations), ...(worst !== null && { example: shorten(String(worst)) }) };
}

/** An example is for people. */
const EXAMPLE_CHARACTERS = 80;
const shorten = (text: string): string => (text.length > EXAMPLE_CHARACTERS ? `${text.slice(0, EXAMPLE_CHARACTERS)}…` : text);

/** Keys as text in a list, so that `a, b` and `ab` with nothing are two; rows that lack a part are not compared. */
async function lookAtKeys(engine: Engine, rule: QualityRule, file: string): Promise<Look> {
  const columns = keysOf(rule).map(identifier);
  const key = `CAST(to_json([${columns.map((name) => `CAST(${name} AS VARCHAR)`).join(', ')}]) AS VARCHAR)`;
  const whole = columns.map((name) => `${name} IS NOT NULL`).join(' AND ');
  const [row] = await engine.rows(`SELECT count(*) AS n, count(*) FILTER (WHERE ${whole}) AS compared FROM output`);
  await engine.copy(`COPY (${sortedSums(key, whole)}) TO ${literal(file)} (FORMAT blob)`);
  const count = (await stat(file)).size / KEY_BYTES;
  return { rows: Number(row?.n), violations: Number(row?.compared) - count, ...(isOfRun(rule) && { keys: { file, count } }) };
}

/** The sums of the keys, sorted and joined by their first byte: the engine is slow in writing many small blobs, and fast in few. */
const sortedSums = (key: string, where: string): string => `
  SELECT unhex(string_agg(h, '' ORDER BY h)) FROM (SELECT DISTINCT md5(${key}) AS h FROM output WHERE ${where})
  GROUP BY substr(h, 1, 2) ORDER BY substr(h, 1, 2)`;

async function ask(engine: Engine, sql: string): Promise<Look> {
  const query = sql.trim().replace(/;$/, '');
  if (!(await engine.isOneSelect(query))) throw new TypeError('expected exactly one SELECT');
  await refuseChanging(engine, query);
  const rows = await engine.rows(query);
  const values = rows.flatMap((row) => Object.values(row));
  const value = values.length === 1 && values[0] !== null ? Number(values[0]) : Number.NaN;
  if (!Number.isFinite(value))
    throw new TypeError(`expected one number, received ${rows.length} rows of ${JSON.stringify(rows[0] ?? {}).slice(0, 80)}`);
  const [counted] = await engine.rows('SELECT count(*) AS n FROM output');
  return { rows: Number(counted?.n), value };
}
