import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { Fault } from '../../core/fault';
import { KIB } from '../../core/units';
import { Child } from '../command/child';
import { endFailure } from '../command/ending';
import { DiskFullFailure, StoppedError, TimeoutFailure, type WorkerFailure } from '../failures';
import { type FileAnswer, readAnswers } from '../files/answers';
import { outFolder, placesOf } from '../files/folders';
import { outputFiles } from '../files/outputs';
import type { Kept } from '../quarantine';
import { freeBytes } from '../scratch';
import type { ChunkWork, FileSource, Outcome } from '../work';
import { type CommandSpec, DEFAULT_TIMEOUT_SECONDS } from './command';

/** Of a bad file goes to quarantine: enough to see what it is, while the object itself stays where it is. */
const QUARANTINED_BYTES = KIB;
/** A program that fails with less than this left on the disk is taken to have failed for want of it. */
const FULL_DISK_BYTES = 64 * KIB;

/** Runs a program once over the files of a chunk: they lie in one folder, and what it leaves in another is published. */
export async function filesProcessor(spec: CommandSpec, work: ChunkWork & { readonly files: readonly FileSource[] }): Promise<Outcome> {
  await mkdir(outFolder(work.scratch));
  await run(spec, work);
  const places = placesOf(work.scratch);
  const answers = await readAnswers(places.answers, new Set(work.files.map(({ name }) => name)));
  const made = await outputFiles(places.out);
  await setAside(work, answers);
  const filtered = [...answers.values()].filter((answer) => answer === 'filter').length;
  return {
    parts: made.map(({ name, file }) => ({ name, file, rows: 1 })),
    written: work.files.length - filtered - work.quarantine.records,
    filtered,
    rows: made.length,
  };
}

async function run({ command, timeout = DEFAULT_TIMEOUT_SECONDS }: CommandSpec, work: ChunkWork): Promise<void> {
  const places = placesOf(work.scratch);
  const variables = Object.entries(places).map(([name, place]) => [`BATCHWRIGHT_${name.toUpperCase()}`, place]);
  const named = command.map((word) => word.replace(/\{(in|out|files|answers)\}/g, (_, name: keyof typeof places) => places[name]));
  const child = new Child(named, work, Object.fromEntries(variables));
  child.logOutput();
  child.sendEnd();
  const failure = await failureOf(child, { work, timeout });
  if (!failure) return;
  if ((await freeBytes(work.scratch)) < FULL_DISK_BYTES) throw new DiskFullFailure(`${failure.message}, and the task's disk is full`);
  throw failure;
}

/** Lets the program run to its end; answers why that was not the end of a program that is done. */
async function failureOf(child: Child, { work, timeout }: { work: ChunkWork; timeout: number }): Promise<WorkerFailure | undefined> {
  const { signal } = work;
  const late = AbortSignal.timeout(timeout * 1000);
  const stop = (): void => child.stop();
  for (const one of [signal, late]) one.addEventListener('abort', stop);
  try {
    if (signal.aborted) stop();
    const ended = await child.ended;
    if (signal.aborted) throw new StoppedError();
    if (!late.aborted) return endFailure(ended, ` over ${filesOf(work)}`);
    return new TimeoutFailure(
      `the command was not done with ${filesOf(work)} after ${timeout} s`,
      'raise process.timeout, or lower chunk.files',
    );
  } finally {
    for (const one of [signal, late]) one.removeEventListener('abort', stop);
  }
}

const filesOf = ({ files = [] }: ChunkWork): string => (files.length === 1 ? '1 file' : `${files.length} files`);

/** Bad files go to quarantine by reference, with their first bytes. */
async function setAside(
  { quarantine, files }: ChunkWork & { readonly files: readonly FileSource[] },
  answers: ReadonlyMap<string, FileAnswer>,
) {
  for (const [record, { name, object, file }] of files.entries()) {
    const fault = answers.get(name);
    if (fault instanceof Fault) quarantine.add({ object, record, fault, ...(await keepFile(file, object.bytes)) });
  }
}

/** What quarantine keeps of a file. */
export const keepFile = async (file: string, bytes: number): Promise<Kept> => ({
  offset: 0,
  raw: await beginningOf(file, bytes),
  rawBytes: bytes,
});

/** The program may have changed its copy, or taken it away. */
async function beginningOf(file: string, bytes: number): Promise<Buffer> {
  const beginning = Buffer.alloc(Math.min(bytes, QUARANTINED_BYTES));
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined);
  if (!handle) return Buffer.alloc(0);
  try {
    const { bytesRead } = await handle.read(beginning, 0, beginning.length, 0);
    return beginning.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
