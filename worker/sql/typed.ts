import type { JobConfig } from '../../core/contracts';
import { type Engine, identifier, literal } from '../engine';
import { columnsOf, propertiesOf, type Schema } from '../schema/columns';
import { storedType } from '../schema/output';

interface Cell {
  readonly name: string;
  readonly is: string;
  /** Absent where the schema says nothing of the column, or that it holds JSON of any kind. */
  readonly wanted?: string;
}

/** The query with the types that the output schema names; without a schema its own are right. */
export async function typedQuery(engine: Engine, query: string, { schemas }: Pick<JobConfig, 'schemas'>): Promise<string> {
  const wanted = wantedTypes(schemas.output);
  if (wanted.size === 0) return query;
  const described = await engine.rows(`DESCRIBE ${query}\n`);
  const cells = described.map((row) => ({
    name: String(row.column_name),
    is: String(row.column_type),
    wanted: wanted.get(String(row.column_name)),
  }));
  if (!cells.some(differs)) return query;
  return `SELECT ${cells.map(cast).join(', ')} FROM (${query}\n)`;
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
