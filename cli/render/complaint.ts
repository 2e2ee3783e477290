import { createColors } from 'picocolors';
import type { Complaint } from '../errors';
import { safe } from './text';

/** `jobs/a.yaml:3:5 input.prefix: …`, which editors and terminals make a link of. */
export function formatComplaint({ name, file, line, column, path, message }: Complaint, colors: boolean): string {
  const place = file === undefined ? '' : `${safe(file)}:${line ?? 1}:${column ?? 1} `;
  const key = path === undefined || path === '' ? '' : `${safe(path)}: `;
  const label = name === undefined ? '' : `${safe(name)}: `;
  return `${createColors(colors).red('error:')} ${place}${label}${key}${message.split('\n').map(safe).join('\n')}`;
}
