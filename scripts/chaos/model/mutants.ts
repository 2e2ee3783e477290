import { LEDGER_MUTANTS } from '../../mutants/ledger';

/** A change of the sources that breaks a promise. */
export interface Mutant {
  readonly name: string;
  readonly edits: readonly { readonly file: string; readonly from: string; readonly to: string }[];
}

const edit = (file: string, from: string, to: string) => ({ file, from, to });

/** Faults that were found from outside, and that the model must see too. */
const ORDER_AND_DEATH = [
  'a run that is being published is reported as failed',
  'the collector aborts the uploads of a run that is being published',
  'Commit aborts uploads of a run that can be redriven',
  'jobs outlive their run',
  'a concluding execution that failed is forgotten',
  'a run that was stopped from outside counts as aborted',
];

/** A mutant of the fast suites. @throws RangeError when there is none of this name */
function broughtBack(name: string): Mutant {
  const found = LEDGER_MUTANTS.find((mutant) => mutant.name === name);
  if (!found) throw new RangeError(`no mutant of the fast suites is called ${JSON.stringify(name)}`);
  return { name, edits: found.edits };
}

const RECONCILE = 'export function reconcile(books: Books): Reconciliation {';

const DECIDED = 'const { decision: decided, work } = await decideOnce(input, plan, deps.state);';

/** The parts that are pending just now, instead of those that the decision names. */
const BY_LIST = `const { decision: decided, work: frozen } = await decideOnce(input, plan, deps.state);
  const listed = new Set((await collect(deps.uploads.pending(outputPrefix(input.job, runId)))).map(({ key }) => key));
  const only = (marker: any) => ({ ...marker, parts: marker.parts.filter(({ key }: any) => listed.has(key)) });
  const work: Work = { ...frozen, markers: new Map([...frozen.markers].map(([id, marker]) => [id, only(marker)])) };`;

/** Written once as ever, and not read. */
const OWN_DECISION = `const { decision: stored, work } = await decideOnce(input, plan, deps.state);
  const { failure: own } = await findVerdict(input, deps.state);
  const decided: Decision = { ...stored, decision: own ? 'discard' : 'publish', failure: own };`;

/** Answers for a piece that is still on its way. */
const NOT_AWAITED = `const sent = await sendPieces(handle, upload, (piece) => {
      void uploads.uploadPiece({ key, uploadId, ...piece, signal: upload.signal }).catch(() => undefined);
      const md5 = require('node:crypto').createHash('md5').update(piece.body).digest('hex');
      return Promise.resolve({ partNumber: piece.partNumber, etag: '"' + md5 + '"', checksum: piece.checksum });
    });`;

/** Ways to get it wrong; the model must find every one of them. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'writes without If-None-Match',
    edits: [edit('test/support/memory-store.ts', 'if (this.find(key)) return false;', '')],
  },
  {
    name: 'a 412 is taken for a loss',
    edits: [edit('worker/deliver.ts', 'return (await readJson(state, key, Marker)).writer === writer;', 'return false;')],
  },
  {
    name: 'the marker does not wait for the upload',
    edits: [
      edit(
        'worker/upload.ts',
        'const sent = await sendPieces(handle, upload, (piece) => uploads.uploadPiece({ key, uploadId, ...piece, signal: upload.signal }));',
        NOT_AWAITED,
      ),
    ],
  },
  {
    name: 'commit by list instead of markers',
    edits: [edit('lambda/commit.ts', DECIDED, BY_LIST)],
  },
  {
    name: 'a committer follows its own decision',
    edits: [edit('lambda/commit.ts', DECIDED, OWN_DECISION)],
  },
  {
    name: '_SUCCESS before the manifest',
    edits: [
      edit(
        'lambda/commit.ts',
        "if (!delivered || 'failure' in delivered) return delivered;",
        "if (!delivered || 'failure' in delivered) return delivered;\n  await deps.output.createOnce(successKey(plan.job, plan.runId), '');",
      ),
    ],
  },
  {
    name: 'the checksum of the source is not compared',
    edits: [
      edit(
        'core/commit/reconcile.ts',
        RECONCILE,
        `${RECONCILE} books = { ...books, objects: books.objects.map(({ checksum, ...rest }) => rest) };`,
      ),
    ],
  },
  {
    name: 'the chain of chunks is not checked',
    edits: [
      edit(
        'core/assess/chain.ts',
        'if (read.start !== expectedStart || read.window !== undefined) return { whole: false, object, expectedStart };',
        '',
      ),
      edit(
        'core/assess/chain.ts',
        'return expectedStart === bytes ? { whole: true } : { whole: false, object, expectedStart };',
        'return { whole: true };',
      ),
    ],
  },
  {
    name: 'open chunks are committed, and the books say nothing',
    edits: [
      edit('core/assess/assess.ts', 'if (open.length > 0) return retryRound(open, situation);', ''),
      edit('core/commit/reconcile.ts', RECONCILE, `${RECONCILE} return { verdict: 'BALANCED', checks: [] };`),
    ],
  },
  {
    name: 'garbage is collected without the fence',
    edits: [edit('lambda/collect.ts', 'if (!(await mayAbort(runId, marks, deps))) return 0;', '')],
  },
  {
    name: 'the fence is ignored by submitters and workers',
    edits: [
      edit(
        'lambda/shared/submission.ts',
        'const earlier = isOpen ? await findEarlier(fence, deps) : undefined;',
        'const earlier = undefined;',
      ),
      edit('worker/fence.ts', 'return this.named !== undefined && this.named !== parentOf(this.ref.jobId);', 'return false;'),
    ],
  },
  {
    name: 'a redrive obeys the config of the first drive',
    edits: [edit('adapters/run-plan.ts', '=> ({ ...plan, config, pins });', '=> ({ ...plan, config: config && plan.config, pins });')],
  },
  {
    name: 'Commit does not look for an abort',
    edits: [
      edit(
        'lambda/commit.ts',
        'const abort = await findAbort(state, input);',
        'const abort = undefined as Awaited<ReturnType<typeof findAbort>>;',
      ),
    ],
  },
  ...ORDER_AND_DEATH.map(broughtBack),
];
