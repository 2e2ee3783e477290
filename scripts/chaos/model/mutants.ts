/** A change of the sources that breaks a promise. */
export interface Mutant {
  readonly name: string;
  readonly edits: readonly { readonly file: string; readonly from: string; readonly to: string }[];
}

const edit = (file: string, from: string, to: string) => ({ file, from, to });

const RECONCILE = 'export function reconcile(books: Books): Reconciliation {';

/** The parts that are pending just now, instead of those that markers name. */
const BY_LIST = `const progress = plan ? await readProgress(deps.state, runId) : NO_WORK;
  const listed = new Set((await collect(deps.uploads.pending(outputPrefix(input.job, runId)))).map(({ key }) => key));
  const only = (marker: any) => ({ ...marker, parts: marker.parts.filter(({ key }: any) => listed.has(key)) });
  const work: Work = { ...progress, markers: new Map([...progress.markers].map(([id, marker]) => [id, only(marker)])) };`;

/** Written once as ever, and not read. */
const OWN_DECISION = `const stored = await settleDecision(input, plan, work, deps.state);
  const own = input.failure ?? (input.error && failureFromError(input.error));
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
    edits: [edit('lambda/commit.ts', 'const work = plan ? await readProgress(deps.state, runId) : NO_WORK;', BY_LIST)],
  },
  {
    name: 'a committer follows its own decision',
    edits: [edit('lambda/commit.ts', 'const decided = await settleDecision(input, plan, work, deps.state);', OWN_DECISION)],
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
    edits: [edit('lambda/collect.ts', 'if (!(await mayAbort(runId, marks, deps))) continue;', '')],
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
];
