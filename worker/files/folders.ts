import path from 'node:path';

/** Where a program finds the files of a chunk, and leaves what it makes of them; all in the chunk's own folder. */

/** Holds the input files and nothing else. */
export const inFolder = (scratch: string): string => path.join(scratch, 'in');
/** Empty at first; every file in it is published. */
export const outFolder = (scratch: string): string => path.join(scratch, 'out');
/** A JSON line for every input file: what it is called here, and what it is. */
export const listFile = (scratch: string): string => path.join(scratch, 'files.jsonl');
/** The program may write what became of single files here. */
export const answersFile = (scratch: string): string => path.join(scratch, 'answers.jsonl');

/** The same places as words in a command and as variables of the program. */
export const placesOf = (scratch: string): Readonly<Record<'in' | 'out' | 'files' | 'answers', string>> => ({
  in: inFolder(scratch),
  out: outFolder(scratch),
  files: listFile(scratch),
  answers: answersFile(scratch),
});
