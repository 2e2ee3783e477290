import type { JobConfig } from '../../core/contracts';
import { type Engine, identifier, literal } from '../engine';
import { ConfigFailure } from '../failures';
import { type Check, compileOutput } from '../schema/checks';
import { type Column, columnsOf, propertiesOf, requiredOf, type Schema, typesOf } from '../schema/columns';
import { storedType } from '../schema/output';

interface Cell {
  readonly name: string;
  readonly is: string;
  /** Absent where the schema says nothing of the column, or that it holds JSON of any kind. */
  readonly wanted?: string;
}

/** The query with the types that the output schema names, and only rows that it allows; without a schema its own are right. */
export async function typedQuery(engine: Engine, query: string, { schemas }: Pick<JobConfig, 'schemas'>): Promise<string> {
  const wanted = wantedTypes(schemas.output);
  if (schemas.output === undefined) return query;
  const described = await engine.rows(`DESCRIBE ${query}\n`);
  const cells = described.map((row) => ({
    name: String(row.column_name),
    is: String(row.column_type),
    wanted: wanted.get(String(row.column_name)),
  }));
  checkColumns(cells, schemas.output);
  const typed = cells.some(differs) ? `SELECT ${cells.map(cast).join(', ')} FROM (${query}\n)` : query;
  return checkedQuery(typed, cells, schemas.output);
}

/** A query has its columns in every row, so one that is missing, not allowed or nested otherwise spoils them all. */
function checkColumns(cells: readonly Cell[], schema: Schema): void {
  const names = cells.map(({ name }) => name);
  const columns = columnsOf(Object.keys(propertiesOf(schema)), schema);
  const missing = requiredOf(schema).find((name) => !names.includes(name));
  if (missing !== undefined) throw misfit(`gives no column ${JSON.stringify(missing)}, which output.schema requires`);
  const more = names.find((name) => !columns.some((column) => column.name === name));
  if (more !== undefined && schema.additionalProperties === false) {
    throw misfit(`gives a column ${JSON.stringify(more)}, which output.schema does not allow`);
  }
  const flat = cells.find(({ name, is }) => columns.some((column) => column.name === name && !fitsNested(column, is)));
  if (flat) throw misfit(`gives a column ${JSON.stringify(flat.name)} of type ${flat.is}, which output.schema says is nested`);
}

const misfit = (what: string): ConfigFailure => new ConfigFailure(`the query ${what}`, 'change the query or output.schema');

const NESTED: Readonly<Record<string, RegExp>> = { array: /\]$|^JSON$/, object: /^(STRUCT|MAP|JSON)\b(?!.*\]$)/ };

const fitsNested = ({ kind, schema }: Column, is: string): boolean =>
  kind !== 'json' || is === '"NULL"' || typesOf(schema).some((type) => NESTED[type]?.test(is));

/** A row that the schema does not allow stops the chunk, which is then cut down to its record. */
function checkedQuery(query: string, cells: readonly Cell[], schema: Schema): string {
  const columns = columnsOf(
    cells.map(({ name }) => name),
    schema,
  );
  if (!columns.some((column) => column.named && checksOf(column).length > 0)) return query;
  const checked = columns.map((column) => {
    const name = identifier(column.name);
    const wrong = checksOf(column).map(({ sql, fault }) => `WHEN NOT (${sql}) THEN error(${literal(`output: ${fault.reason}`)})`);
    return wrong.length === 0 ? name : `CASE ${wrong.join(' ')} ELSE ${name} END AS ${name}`;
  });
  return `SELECT ${checked.join(', ')} FROM (${query}\n)`;
}

function checksOf(column: Column): readonly Check[] {
  const checks = column.named ? compileOutput(column) : [];
  if (checks) return checks;
  throw new ConfigFailure(
    `output.schema says of the column ${JSON.stringify(column.name)} what SQL cannot check: ${Object.keys(column.schema).join(', ')}`,
    'leave it out, or process the records with a module or a command',
  );
}

function wantedTypes(schema: Schema | undefined): ReadonlyMap<string, string> {
  const columns = columnsOf(Object.keys(propertiesOf(schema)), schema);
  return new Map(columns.filter(({ kind }) => kind !== 'json').map((column) => [column.name, storedType(column)]));
}

const differs = ({ is, wanted }: Cell): boolean => wanted !== undefined && wanted !== is;

/** A float holds few numbers exactly, so a loss is what was asked for. */
const ROUNDED = 'FLOAT';

/** DuckDB's casts round without a word: only a cast that changes no value is made. */
function cast(cell: Cell): string {
  const name = identifier(cell.name);
  if (!differs(cell)) return name;
  const plain = `CAST(${name} AS ${cell.wanted})`;
  if (cell.wanted === ROUNDED) return `${plain} AS ${name}`;
  const problem = `a value of the column ${JSON.stringify(cell.name)} is no ${cell.wanted}, which output.schema says it is`;
  return `CASE WHEN ${name} IS NOT DISTINCT FROM ${plain} THEN ${plain} ELSE error(${literal(problem)}) END AS ${name}`;
}
