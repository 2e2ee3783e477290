import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Blocks of a guide whose fence names a file. */
const BLOCK = /^```\w+ (?<name>\S+)\n(?<source>[\s\S]*?)^```$/gm;

/** The example programs of a guide by the names of their files, exactly as they stand there. */
export function examplesIn(guide: string): ReadonlyMap<string, string> {
  const blocks = [...readFileSync(guide, 'utf8').matchAll(BLOCK)];
  return new Map(blocks.map(({ groups }) => [groups?.name ?? '', groups?.source ?? '']));
}

/** Writes a guide's examples into a folder, as their readers would. */
export function writeExamples(guide: string, folder: string): readonly string[] {
  mkdirSync(folder, { recursive: true });
  const examples = examplesIn(guide);
  for (const [name, source] of examples) writeFileSync(path.join(folder, name), source);
  return [...examples.keys()];
}
