import { createColors } from 'picocolors';
import type { LoadedJob } from '../../core/spec/load';
import type { Cloud } from '../cloud/port';

/** What somebody needs to work with a running local cloud. */
export interface DescribedCloud {
  readonly endpoint: string;
  readonly buckets: Cloud['buckets'];
  readonly environment: Readonly<Record<string, string>>;
  /** Job by where its files are dropped. */
  readonly prefixes: Readonly<Record<string, string>>;
}

export const describeCloud = ({ endpoint, buckets, environment }: Cloud, jobs: readonly LoadedJob[]): DescribedCloud => ({
  endpoint,
  buckets,
  environment,
  prefixes: Object.fromEntries(jobs.map(({ spec }) => [spec.name, `s3://${buckets.input}/${spec.input.prefix}`])),
});

/** Values are quoted for a POSIX shell, so the lines can be pasted as they are. */
const shellQuote = (value: string): string => (/^[\w.:/@%+=-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`);

export function renderCloud({ endpoint, buckets, environment, prefixes }: DescribedCloud, colors: boolean): string {
  const { bold } = createColors(colors);
  const lines = [
    bold(`the local cloud is up at ${endpoint}`),
    '',
    ...Object.entries(buckets).map(([use, name]) => `${use} bucket`.padEnd(16) + name),
    '',
    'point the AWS CLI or any SDK at it:',
    ...Object.entries(environment).map(([name, value]) => `  export ${name}=${shellQuote(value)}`),
    '',
    'drop a file, and a run starts:',
    ...Object.values(prefixes).map((uri) => `  aws s3 cp <file> ${uri}`),
    '',
    'Ctrl-C stops it; what is under way goes on with the next start',
  ];
  return `${lines.join('\n')}\n`;
}
