import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import type { Mutant } from './mutants';

const ROOT = path.join(__dirname, '..', '..', '..');
const HERE = __dirname;

/** Modules in whose place the model has its own: engines, disks and chance. */
const STAND_INS: readonly { readonly wanted: RegExp; readonly from: RegExp; readonly file: string }[] = [
  { wanted: /^\.\/processors$/, from: /worker\/chunk\.ts$/, file: 'processors.ts' },
  { wanted: /^\.\/sql\/check-columns$/, from: /worker\/chunk\.ts$/, file: 'check-columns.ts' },
  { wanted: /^\.\.?\/(?:.*\/)?runtime$/, from: /lambda\//, file: 'runtime.ts' },
  { wanted: /^\.\/sql\/check-columns$/, from: /worker\/chunk\.ts$/, file: 'columns.ts' },
  { wanted: /^node:fs\/promises$/, from: /worker\/(upload|scratch)\.ts$/, file: 'memory-fs.ts' },
  { wanted: /^node:crypto$/, from: /\/(worker|adapters|lambda|core|support)\//, file: 'random-ids.ts' },
  { wanted: /^\.\/meter$/, from: /worker\/stages\.ts$/, file: 'meter.ts' },
  { wanted: /^@duckdb\/node-api$/, from: /\/(worker|adapters)\//, file: 'duckdb.ts' },
];

const standIns: Plugin = {
  name: 'stand-ins',
  setup: ({ onResolve }) => {
    onResolve({ filter: /.*/ }, ({ path: wanted, importer }) => {
      const found = STAND_INS.find((one) => one.wanted.test(wanted) && one.from.test(importer) && !importer.startsWith(HERE));
      return found ? { path: path.join(HERE, found.file) } : undefined;
    });
  },
};

/** Sizes for a file of a few lines, and no questions to the system about itself. */
const TUNED: Mutant = {
  name: 'as it is, but small',
  edits: [
    { file: 'adapters/text-upload.ts', from: 'const PART_BYTES = 5 * MIB;', to: 'const PART_BYTES = 16 * 1024;' },
    // Three parts are two batches.
    { file: 'lambda/shared/delivery.ts', from: 'const PARTS_OF_BATCH = 1000;', to: 'const PARTS_OF_BATCH = 2;' },
    { file: 'worker/deliver.ts', from: 'process.resourceUsage().maxRSS * 1024', to: '0' },
  ],
};

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function edited(full: string, edits: Mutant['edits'], name: string): string {
  let text = readFileSync(full, 'utf8');
  for (const { file, from, to } of edits) {
    if (!text.includes(from)) throw new Error(`mutant "${name}" does not fit ${file} any more: it has no ${JSON.stringify(from)}`);
    text = text.replace(from, () => to);
  }
  return text;
}

/** Changes the sources as the mutant says; one that no longer fits them is an error. */
const mutation = ({ name, edits }: Mutant): Plugin => ({
  name: 'mutation',
  setup: ({ onLoad }) => {
    for (const file of new Set(edits.map((edit) => edit.file))) {
      const mine = edits.filter((edit) => edit.file === file);
      onLoad({ filter: new RegExp(`/${escaped(file)}$`) }, ({ path: full }) => ({ contents: edited(full, mine, name), loader: 'ts' }));
    }
  },
});

/** Bundles the real steps and the real worker with the model around them into a folder; answers a file to be required. */
export async function bundleModel(folder: string, mutant: Mutant = TUNED): Promise<string> {
  const outfile = path.join(folder, `${createHash('sha256').update(mutant.name).digest('hex').slice(0, NAME_DIGITS)}.cjs`);
  const edits = mutant === TUNED ? TUNED.edits : [...TUNED.edits, ...mutant.edits];
  await build({
    entryPoints: [path.join(HERE, 'schedule.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // What work takes stands in markers, and the names of decisions follow from those: a schedule must be the same again.
    define: { 'performance.now': 'noTimePasses' },
    banner: { js: 'const noTimePasses = () => 0;' },
    logLevel: 'silent',
    absWorkingDir: ROOT,
    plugins: [mutation({ name: mutant.name, edits }), standIns],
  });
  return outfile;
}

/** Enough to tell mutants apart. */
const NAME_DIGITS = 16;
