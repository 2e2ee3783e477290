import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Bundles the worker as the image's asset is, so that what runs in a test is what runs there; answers the file. */
export function bundleWorker(folder: string): string {
  const outfile = path.join(folder, 'main.js');
  execFileSync(path.resolve('node_modules/.bin/esbuild'), [
    'worker/main.ts',
    '--bundle',
    '--platform=node',
    '--target=node20',
    '--format=cjs',
    '--external:@duckdb/node-api',
    '--log-level=error',
    `--outfile=${outfile}`,
  ]);
  return outfile;
}
