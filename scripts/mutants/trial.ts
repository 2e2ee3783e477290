import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

/** What jest writes with `--json`, as far as it is read here. */
interface JestResult {
  readonly numTotalTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** How the tests went. */
export type Trial =
  | { readonly outcome: 'passed' }
  | { readonly outcome: 'failed'; readonly test: string }
  /** Nothing was tested: no such test, or a file that does not load. */
  | { readonly outcome: 'not run'; readonly why: string };

/** Longer than any fast test file takes; a mutant that hangs has been noticed. */
const TRIAL_MS = 5 * 60_000;
const WHY_LENGTH = 400;

interface Exit {
  readonly output: string;
  readonly isTimeout: boolean;
}

function runJest(root: string, args: readonly string[]): Promise<Exit> {
  const child = spawn(process.execPath, [path.join(root, 'node_modules', 'jest', 'bin', 'jest.js'), ...args], { cwd: root });
  const output: string[] = [];
  let isTimeout = false;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => output.push(data.toString()));
  const timer = setTimeout(() => {
    isTimeout = true;
    child.kill('SIGKILL');
  }, TRIAL_MS);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(timer);
      resolve({ output: output.join(''), isTimeout });
    });
  });
}

function trialOf(result: JestResult): Trial {
  const failed = result.testResults.flatMap(({ assertionResults }) => assertionResults).find(({ status }) => status === 'failed');
  if (failed) return { outcome: 'failed', test: failed.fullName };
  const broken = result.testResults.find(({ message, assertionResults }) => message !== '' && assertionResults.length === 0);
  if (broken) return { outcome: 'not run', why: broken.message.slice(0, WHY_LENGTH) };
  return result.numTotalTests > 0 ? { outcome: 'passed' } : { outcome: 'not run', why: 'no tests found' };
}

/** Runs test files of a tree and answers the first test that fails. */
export async function tryTests(root: string, tests: readonly string[]): Promise<Trial> {
  const outputFile = path.join(root, 'jest-result.json');
  rmSync(outputFile, { force: true });
  const { output, isTimeout } = await runJest(root, ['--runInBand', '--json', `--outputFile=${outputFile}`, ...tests]);
  if (isTimeout) return { outcome: 'failed', test: `none ended within ${TRIAL_MS / 60_000} minutes` };
  if (!existsSync(outputFile)) return { outcome: 'not run', why: output.slice(-WHY_LENGTH) };
  return trialOf(JSON.parse(readFileSync(outputFile, 'utf8')) as JestResult);
}
