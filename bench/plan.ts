import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { KIB, MIB } from '../core/units';
import { atMost, type Claim, tableOf } from './claims';
import { boundaryClaims } from './plan/boundaries';
import { bundleChildren, type Measured, NODE_FLAGS, runSubject, startServer } from './plan/children';
import { sparseClaims } from './plan/sparse';

/** How planning scales: `npm run bench:plan -- [--objects N] [--json]`. Claims that are missed are shown, and fail nothing. */

const FEW_OBJECTS = 10_000;

const inMib = (bytes: number): string => `${(bytes / MIB).toFixed(0)} MiB`;
const times = (ratio: number): string => `${ratio.toFixed(2)} ×`;
const inSeconds = (seconds: number): string => `${seconds.toFixed(1)} s`;

interface Planned extends Measured {
  readonly objects: number;
  readonly chunks: number;
  readonly tasks: number;
}
interface Many extends Measured {
  readonly tasks: number;
  readonly chunks: number;
  readonly planSeconds: number;
  readonly lookup: { readonly requests: number; readonly bytesRead: number };
  readonly fenceBytes: number;
}
interface Section {
  readonly claims: readonly Claim[];
  readonly details: Readonly<Record<string, unknown>>;
}

/** Plan against the bare listing of the same bucket with the same client, and against a small bucket. */
async function listingSection(folder: string, objects: number): Promise<Section> {
  const few = await startServer(folder, FEW_OBJECTS);
  const small = await runSubject<Planned>(folder, 'plan', few);
  few.stop();
  const many = await startServer(folder, objects);
  // Before and after, because other work on the machine comes and goes.
  const before = await runSubject<Measured>(folder, 'list', many);
  const plan = await runSubject<Planned>(folder, 'plan', many);
  const after = await runSubject<Measured>(folder, 'list', many);
  many.stop();
  const name = `plan of ${objects} objects`;
  return {
    claims: [
      atMost(`${name}: time of the bare listing`, (2 * plan.seconds) / (before.seconds + after.seconds), 1.5, times),
      atMost(`${name}: peak memory`, plan.peakRssBytes, 256 * MIB, inMib),
      atMost(`${name}: memory of ${FEW_OBJECTS} objects`, plan.peakRssBytes / small.peakRssBytes, 1.2, times),
    ],
    details: { flags: NODE_FLAGS, seedSeconds: many.seedSeconds, small, bare: [before, after], plan },
  };
}

/** A million chunks written with their index, and what a child asks to find its own. */
async function chunksSection(folder: string): Promise<Section> {
  const server = await startServer(folder, 0);
  const many = await runSubject<Many>(folder, 'chunks', server);
  server.stop();
  return {
    claims: [
      atMost(`one object in ${many.chunks} chunks, planned and written with their index`, many.planSeconds, 5, inSeconds),
      atMost("a child's lookup: requests", many.lookup.requests, 1, String),
      atMost("a child's lookup: bytes", many.lookup.bytesRead, 64 * KIB - 1, String),
      atMost('where the lines of an array lie, in its fence: bytes', many.fenceBytes, 64 * KIB - 1, String),
    ],
    details: { many },
  };
}

async function bench(folder: string, objects: number): Promise<Section> {
  await bundleChildren(folder);
  const listing = await listingSection(folder, objects);
  const chunks = await chunksSection(folder);
  const claims = [...listing.claims, ...(await sparseClaims()), ...chunks.claims, ...(await boundaryClaims(folder))];
  return { claims, details: { objects, ...listing.details, ...chunks.details } };
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError(`received ${text}, expected a whole number from 1 on`);
  return Number(text);
}

async function main(): Promise<void> {
  const options = new Command('bench:plan')
    .option('--objects <n>', 'objects of the synthetic bucket', wholeNumber, 1_000_000)
    .option('--json', 'print JSON only')
    .parse()
    .opts<{ objects: number; json?: boolean }>();
  const folder = mkdtempSync(join(tmpdir(), 'batchwright-bench-'));
  try {
    const { claims, details } = await bench(folder, options.objects);
    if (!options.json) console.log(`${tableOf(claims)}\n`);
    console.log(JSON.stringify({ claims, ...details }, null, 2));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
