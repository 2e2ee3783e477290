import type { JobSpec } from '../spec/schema';
import { MAX_FILES_OF_CHUNK } from '../spec/sections/chunk';
import { MIB } from '../units';
import { createFilePacker, createPacker, type Packer, type PackerState, type Sized } from './small-files';

/** A chunk, its decoded records and the engine fit into the default 2 GiB of memory several times over. */
export const DEFAULT_CHUNK_BYTES = 64 * MIB;

/** A program that fails costs the work of its whole chunk, and one that starts costs about as much as a few files. */
export const DEFAULT_FILES_OF_CHUNK = 100;

/** How a job's objects become chunks. */
export interface ChunkRule {
  /** A chunk holds more only where a single record or file does. */
  readonly bytes: number;
  /** Most objects of a chunk. @default 1000 */
  readonly files?: number;
  /** Whether objects are handed on as files: never cut, in the order in which they come, empty ones too. @default false */
  readonly whole?: boolean;
  /** Whether no object can be cut, because it is text only once it is converted from its beginning on. @default false */
  readonly uncut?: boolean;
}

/** The rule of a job; the same for a run, a forecast of one, and a plan that goes on where another invocation left it. */
export function chunkRuleOf({ input, chunk }: Pick<JobSpec, 'input' | 'chunk'>): ChunkRule {
  const bytes = chunk.bytes === 'auto' ? DEFAULT_CHUNK_BYTES : chunk.bytes;
  if (input.format !== 'files') return { bytes, ...(input.encoding !== 'utf-8' && { uncut: true }) };
  return { bytes, files: chunk.files ?? DEFAULT_FILES_OF_CHUNK, whole: true };
}

/** Whether an object has anything to process: a file without bytes is a file, but holds no record. */
export const holdsWork = ({ whole = false }: ChunkRule, { bytes }: Sized): boolean => whole || bytes > 0;

/** What gathers a rule's objects into chunks while they are listed; `state` is where another packer of the same rule stopped. */
export function packerOf<T extends Sized>(
  { bytes, files = MAX_FILES_OF_CHUNK, whole = false }: ChunkRule,
  state?: PackerState<T>,
): Packer<T> {
  return (whole ? createFilePacker<T> : createPacker<T>)({ bytes, files }, state);
}
