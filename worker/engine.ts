import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { BOOLEAN, type DuckDBConnection, DuckDBInstance, DuckDBScalarFunction, INTEGER } from '@duckdb/node-api';
import type { Profile } from '../core/contracts';
import { MIB } from '../core/units';
import type { PartColumn } from '../core/work/part-columns';
import { freeBytes } from './scratch';

/** The rest of the task's memory is for the chunk's bytes and for Node itself. */
const MEMORY_SHARE = 0.6;

/** Of what is free on the task's disk: the chunk ahead is copied to it, and the part is written to it. */
const SPILL_SHARE = 0.5;

/** Records stream past the lookups that a query joins: only what is written on the right of a join is held in memory. */
const JOINS_AS_WRITTEN = 'join_order,build_side_probe_side';

/** An operator of a finished query, as DuckDB's profile tells it. */
export interface Operator {
  readonly operator_type?: string;
  readonly operator_cardinality?: number;
  /** Seconds, of all threads together. */
  readonly operator_timing?: number;
  readonly extra_info?: Readonly<Record<string, unknown>>;
  readonly children?: readonly Operator[];
}

/** A string as an SQL literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
/** A name as an SQL identifier, whatever it holds. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** What vectors hold. The library's own ways to it look at each value's validity, which takes longer than many queries. */
interface RawIntegers {
  readonly items: Int32Array;
}
interface RawBooleans {
  readonly dataView: DataView<ArrayBuffer>;
}

/**
 * DuckDB for one chunk: sees one folder and no network, loads and installs nothing, keeps within the task's memory and
 * spills into that folder. Its configuration is locked, so a job's SQL cannot widen any of it.
 */
export class Engine {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    private readonly profileFile: string,
  ) {}

  /** `readable` are files outside of the folder that may be read. */
  static async open(folder: string, profile: Profile, readable: readonly string[] = []): Promise<Engine> {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(Math.max(1, Math.floor(profile.vcpu))),
      memory_limit: `${Math.floor(profile.memoryMiB * MEMORY_SHARE)}MiB`,
      temp_directory: path.join(folder, 'spill'),
      max_temp_directory_size: `${Math.floor(((await freeBytes(folder)) * SPILL_SHARE) / MIB)}MiB`,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
    });
    const connection = await instance.connect();
    const profileFile = path.join(folder, 'profile.json');
    await connection.run("SET enable_profiling = 'json'");
    await connection.run(`SET profiling_output = ${literal(profileFile)}`);
    await connection.run(`SET allowed_directories = [${literal(folder)}]`);
    await connection.run(`SET allowed_paths = [${readable.map(literal).join(', ')}]`);
    // Moments without an offset are UTC, wherever the worker runs.
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run(`SET disabled_optimizers = '${JOINS_AS_WRITTEN}'`);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    return new Engine(instance, connection, profileFile);
  }

  async run(sql: string): Promise<void> {
    await this.connection.run(sql);
  }

  /** Rows as plain values; 64-bit integers arrive as text. */
  async rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return (await this.connection.runAndReadAll(sql)).getRowObjectsJson();
  }

  /** The columns of what a query gives; the query itself is not run. */
  async columns(query: string): Promise<readonly PartColumn[]> {
    const described = await this.rows(`DESCRIBE ${query}\n`);
    return described.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
  }

  /** Runs a COPY and tells how many rows it wrote. */
  async copy(sql: string): Promise<number> {
    const [row] = await this.rows(sql);
    return Number(row?.Count ?? 0);
  }

  /** What the last statement's operators did. */
  async profile(): Promise<Operator> {
    return JSON.parse(await readFile(this.profileFile, 'utf8')) as Operator;
  }

  /** Whether the text is one statement that only reads. */
  async isOneSelect(sql: string): Promise<boolean> {
    const statements = await this.connection.extractStatements(sql);
    if (statements.count !== 1) return false;
    const prepared = await statements.prepare(0);
    const SELECT = 1;
    const isSelect = prepared.statementType === SELECT;
    prepared.destroySync();
    return isSelect;
  }

  /** Makes a function of one whole number known to SQL, which is true and shows the numbers to `see`, many at a time. */
  observe(name: string, see: (values: Int32Array) => void): void {
    this.connection.registerScalarFunction(
      DuckDBScalarFunction.create({
        name,
        parameterTypes: [INTEGER],
        returnType: BOOLEAN,
        volatile: true,
        mainFunction: (_info, input, output) => {
          const { items } = input.getColumnVector(0) as unknown as RawIntegers;
          const { dataView } = output as unknown as RawBooleans;
          see(items);
          new Uint8Array(dataView.buffer, dataView.byteOffset, dataView.byteLength).fill(1);
          output.flush();
        },
      }),
    );
  }

  interrupt(): void {
    this.connection.interrupt();
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}
