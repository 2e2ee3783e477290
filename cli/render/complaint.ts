import { createColors } from 'picocolors';
import type { Complaint } from '../errors';
import { safe } from './text';

/** `jobs/a.yaml:3:5 input.prefix: …`, which editors and terminals make a link of. */
export function formatComplaint({ file, line, column, path, message }: Complaint, colors: boolean): string {
  const place = file === undefined ? '' : `${safe(file)}:${line ?? 1}:${column ?? 1} `;
  const key = path === undefined || path === '' ? '' : `${safe(path)}: `;
  return `${createColors(colors).red('error:')} ${place}${key}${message.split('\n').map(safe).join('\n')}`;
}
