import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';

/**
 * One esbuild process for all functions, not NodejsFunction's one per function: every synth, and so every local run,
 * waits for it. The output depends on the sources alone (no minifying, paths relative to the root),
 * so the same sources have the same asset hash wherever they are built.
 */
const COMMON: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  keepNames: true,
  // ES modules where a package has them: what is not used is left out, a quarter of the SDK.
  mainFields: ['module', 'main'],
  minify: false,
  sourcemap: false,
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'silent',
};

/** Starts from an empty folder, so that nothing of an earlier synth gets into an asset's hash. */
function emptyFolder(folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Bundles `lambda/<step>.ts` into `<outdir>/<step>/index.js`, each step's asset on its own. */
export function bundleSteps<Step extends string>(root: string, steps: readonly Step[], outdir: string): Readonly<Record<Step, string>> {
  buildSync({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: Object.fromEntries(steps.map((step) => [step, path.join(root, 'lambda', `${step}.ts`)])),
    entryNames: '[name]/index',
    outdir: emptyFolder(outdir),
  });
  return Object.fromEntries(steps.map((step) => [step, path.join(outdir, step)])) as Record<Step, string>;
}

export interface WorkerSources {
  /** Holds `worker/main.ts`, `worker/Dockerfile` and `worker/image/`. */
  readonly root: string;
  /** Copied into the image beside the worker; TypeScript is bundled, not copied. */
  readonly jobsFolder: string;
  /** TypeScript processors, relative to the jobs folder. */
  readonly modules: readonly string[];
}

const isJobFile = (file: string): boolean => !/(^|\/)(node_modules|__pycache__|\.[^/]*)$|\.tsx?$/.test(file.split(path.sep).join('/'));

/**
 * Its own call: paths in the output are relative to the jobs folder, which may lie anywhere. Each processor has a source map
 * beside it, so that the worker can tell where in the TypeScript an error was thrown.
 */
function bundleModules({ jobsFolder, modules }: WorkerSources, outdir: string): void {
  if (modules.length === 0) return;
  const entryPoints = modules.map((module) => path.join(jobsFolder, module));
  const { outputFiles } = buildSync({
    ...COMMON,
    absWorkingDir: jobsFolder,
    entryPoints,
    outbase: jobsFolder,
    outdir,
    sourcemap: true,
    sourcesContent: false,
    write: false,
  });
  for (const { path: file, text } of outputFiles) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, file.endsWith('.map') ? sourceMap(text, { file, jobsFolder, outdir }) : text);
  }
}

interface MapPlace {
  readonly file: string;
  readonly jobsFolder: string;
  readonly outdir: string;
}

/** Sources as if they lay beside the output: where the sources and the output really are must not show in the asset. */
function sourceMap(text: string, { file, jobsFolder, outdir }: MapPlace): string {
  const map = JSON.parse(text) as { readonly sources: readonly string[] };
  const moved = (source: string): string => {
    const inJobs = path.relative(jobsFolder, path.resolve(path.dirname(file), source));
    return path
      .relative(path.dirname(path.relative(outdir, file)), inJobs)
      .split(path.sep)
      .join('/');
  };
  return JSON.stringify({ ...map, sources: map.sources.map(moved) });
}

/** Makes the image's build context: Dockerfile, the worker in one file, its native package's manifest, and the jobs folder. */
export function bundleWorker(sources: WorkerSources, outdir: string): string {
  const { root, jobsFolder } = sources;
  emptyFolder(outdir);
  buildSync({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: [path.join(root, 'worker', 'main.ts')],
    outfile: path.join(outdir, 'main.js'),
    // Native code: installed in the image for its own platform.
    external: ['@duckdb/*'],
  });
  cpSync(path.join(root, 'worker', 'Dockerfile'), path.join(outdir, 'Dockerfile'));
  for (const file of readdirSync(path.join(root, 'worker', 'image'))) {
    cpSync(path.join(root, 'worker', 'image', file), path.join(outdir, file));
  }
  cpSync(jobsFolder, path.join(outdir, 'jobs'), { recursive: true, filter: (file) => file === jobsFolder || isJobFile(file) });
  bundleModules(sources, path.join(outdir, 'jobs'));
  return outdir;
}
