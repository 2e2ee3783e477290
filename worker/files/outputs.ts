import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { harmless } from '../../core/harmless';
import { MAX_FILES_OF_CHUNK } from '../../core/spec/sections/chunk';
import { nameProblem } from '../../core/work/file-names';
import { CodeFailure } from '../failures';

export interface OutputFile {
  /** Below the folder, with `/` between folders. */
  readonly name: string;
  readonly file: string;
}

const SHOWN_CHARACTERS = 120;

/** The files that a program left in a folder and in folders within it, by name; anything else than a plain file with a plain name is refused. */
export async function outputFiles(folder: string): Promise<readonly OutputFile[]> {
  const found: OutputFile[] = [];
  const open = [''];
  for (let below = open.pop(); below !== undefined; below = open.pop()) {
    // Names that are not UTF-8 arrive with a sign in them that no name may have.
    for (const entry of await readdir(path.join(folder, below), { withFileTypes: true })) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      check(name, entry);
      if (entry.isDirectory()) open.push(name);
      else found.push({ name, file: path.join(folder, name) });
    }
    if (found.length + open.length > MAX_FILES_OF_CHUNK) throw tooMany();
  }
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function check(name: string, entry: Dirent): void {
  const shown = JSON.stringify(harmless(name.slice(0, SHOWN_CHARACTERS)));
  const problem = nameProblem(name);
  if (problem !== undefined) {
    throw new CodeFailure(
      `the command made ${shown}, which ${problem}`,
      'name output files with plain characters, and keep others elsewhere',
    );
  }
  if (entry.isFile() || entry.isDirectory()) return;
  throw new CodeFailure(
    `the command made ${shown}, which is ${entry.isSymbolicLink() ? 'a link' : 'no file'}`,
    'only plain files and folders can be published: copy what a link leads to',
  );
}

const tooMany = (): CodeFailure =>
  new CodeFailure(
    `the command made more than ${MAX_FILES_OF_CHUNK} files and folders of one chunk`,
    `lower chunk.files, or gather what belongs together into one file: ${MAX_FILES_OF_CHUNK} keep the record of a chunk small`,
  );
