import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { z } from 'zod';
import { Counts } from '../../core/contracts';

/** Where `taskset` is not, nothing is pinned; the result says so. */
const TASKSET = '/usr/bin/taskset';
export const canPin = existsSync(TASKSET);

/** The core that every subject has to itself; servers run on the others. */
const SUBJECT_CORE = '1';
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** The command with one core only. */
export const onOneCore = (command: readonly string[]): readonly string[] => (canPin ? [TASKSET, '-c', SUBJECT_CORE, ...command] : command);

/** Bundles programs of this folder for Node as the worker is bundled; answers the folder of the results. */
export async function bundleSubjects(folder: string, names: readonly string[]): Promise<void> {
  await build({
    entryPoints: names.map((name) => path.join(__dirname, `${name}.ts`)),
    bundle: true,
    platform: 'node',
    target: 'node20',
    outdir: folder,
    external: ['@duckdb/*', 'csv-parse'],
    logLevel: 'error',
  });
}

/** CPU seconds tell the same when others use the machine too, wall-clock seconds do not. */
export const Measured = z.object({ seconds: z.number(), cpuSeconds: z.number(), peakRssBytes: z.number() });
export type Measured = z.infer<typeof Measured>;

export const Worked = Measured.extend({
  code: z.literal(0),
  /** After every chunk. */
  rss: z.array(z.number()),
  markers: z.array(
    z.object({
      counts: Counts,
      bytes: z.object({ read: z.number(), written: z.number() }),
      seconds: z.record(z.string(), z.number()),
      measures: z.object({ childCpuSeconds: z.number().optional() }).optional(),
    }),
  ),
});
export type Worked = z.infer<typeof Worked>;

export interface Program {
  /** On one core, for those who want it. */
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** What one program left to the system to write would be written at the cost of the next. */
const SYNC = '/usr/bin/sync';
const settleDisk = async (): Promise<void> => void (existsSync(SYNC) && (await promisify(execFile)(SYNC)));

/** Runs a program that prints one line of JSON. */
export async function measure<T>(schema: z.ZodType<T>, { command, environment = {} }: Program): Promise<T> {
  const [file = '', ...parameters] = command;
  await settleDisk();
  const { stdout } = await promisify(execFile)(file, parameters, {
    env: { ...process.env, NODE_PATH: path.resolve('node_modules'), ...environment },
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return schema.parse(JSON.parse(stdout));
}
