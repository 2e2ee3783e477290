import { join } from 'node:path';
import type { Report } from '../../core/report/report-contract';
import { bucketFolder } from './runs';

/** `s3://bucket/key` in its parts. */
export function parseUri(uri: string): { readonly bucket: string; readonly key: string } | undefined {
  const match = /^s3:\/\/([^/]+)\/(.*)$/s.exec(uri);
  return match ? { bucket: match[1] ?? '', key: match[2] ?? '' } : undefined;
}

/** Where an object or prefix of the local cloud lies on this machine. */
export function localPathOf(stateDir: string, uri: string): string | undefined {
  const parts = parseUri(uri);
  return parts && join(bucketFolder(stateDir, parts.bucket), parts.key);
}

/** A report as this machine's user wants it: with the folder that holds the output. */
export const withLocalPath = (report: Report, stateDir: string): Report => ({
  ...report,
  output: { ...report.output, localPath: localPathOf(stateDir, report.output.uri) },
});
