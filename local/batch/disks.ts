import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A disk of its own needs a mount, and a mount needs root on Linux. */
export const canMount = (): boolean => process.platform === 'linux' && process.getuid?.() === 0;

/** Gives a folder a disk of this size, in memory; what is written beyond it meets ENOSPC. */
export function mountDisk(folder: string, kib: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k,mode=700`, 'tmpfs', folder], { stdio: 'pipe' });
}

/** Mount points below a folder; /proc/mounts writes spaces as octal. */
function mountsBelow(folder: string): readonly string[] {
  if (process.platform !== 'linux') return [];
  const points = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '));
  return points.filter((point) => point.startsWith(`${folder}/`));
}

/** Detaches at once, even from under processes that still hold files. */
const unmount = (point: string): void => void execFileSync('umount', ['-l', point], { stdio: 'pipe' });

export const unmountDisks = (folder: string): void => mountsBelow(folder).forEach(unmount);

/** A folder without a disk of its own is left alone. */
export function unmountDisk(folder: string): void {
  const parent = folder.slice(0, folder.lastIndexOf('/'));
  for (const point of mountsBelow(parent)) if (point === folder) unmount(point);
}
