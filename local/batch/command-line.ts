import path from 'node:path';
import type { ImageConfig } from './dockerfile';

/** Inits only reap and pass signals on; here the operating system does. */
const INITS = new Set(['tini', 'dumb-init', 'catatonit']);

function withoutInit(words: readonly string[]): readonly string[] {
  const [first, ...rest] = words;
  if (first === undefined || !INITS.has(path.posix.basename(first))) return words;
  const end = rest.indexOf('--');
  return rest.slice(end >= 0 ? end + 1 : rest.findIndex((word) => !word.startsWith('-')));
}

/** `Ref::name` in a command stands for a parameter of the job. */
const substituted = (word: string, parameters: Readonly<Record<string, string>>): string =>
  /^Ref::[\w-]+$/.test(word) ? (parameters[word.slice('Ref::'.length)] ?? word) : word;

export interface CommandWish {
  readonly image: ImageConfig;
  /** Folder that stands for the image's working directory. */
  readonly folder: string;
  /** Replaces the image's CMD. */
  readonly command?: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
}

/** Program and arguments as this machine has them: `node` is this Node, and files of the image lie in its asset folder. */
export function commandLine({ image, folder, command, parameters }: CommandWish): readonly string[] {
  const { workdir } = image;
  const inFolder = (word: string) =>
    workdir !== '/' && word.startsWith(`${workdir}/`) ? path.join(folder, word.slice(workdir.length)) : word;
  const words = [...image.entrypoint, ...(command ?? image.command).map((word) => substituted(word, parameters))];
  const [program, ...rest] = withoutInit(words).map(inFolder);
  if (program === undefined) throw new RangeError(`the image in ${folder} has no ENTRYPOINT or CMD, and the job no command`);
  return [path.posix.basename(program) === 'node' ? process.execPath : program, ...rest];
}
