import { z } from 'zod';
import { ListedRef } from './run';

/** How far a plan over a listing has come: what another invocation needs to go on as if there had been none. */

const count = z.number().int().nonnegative();

const Incoming = z.object({
  object: count,
  bytes: count,
  rowGroups: z.array(z.object({ start: count, end: count, rows: count })).optional(),
  whole: z.boolean().optional(),
  ref: ListedRef.optional(),
});
const Arrived = z.tuple([count, Incoming]);

/** See `ListingPlannerState`. */
const Planner = z.object({
  chunks: z.object({
    chunks: count,
    packer: z.object({
      arrived: count,
      window: z.array(Arrived),
      open: z.array(z.object({ objects: z.array(Arrived), bytes: count })),
    }),
  }),
  fingerprint: z.object({ hash: z.string(), objects: count, block: z.array(z.string()) }),
  empty: count,
  small: count,
  bytes: count,
  header: z.array(z.string()).optional(),
  samples: z.array(z.object({ key: z.string(), versionId: z.string() })),
});

/** The chunk list so far: pieces of a pending upload, and what was not sent yet. */
const Text = z.object({
  uploadId: z.string().optional(),
  pieces: z.array(z.object({ partNumber: z.number().int(), etag: z.string(), checksum: z.string() })),
  /** CRC32 of the pieces, as a number. */
  crc: count,
  tailBytes: count,
});

const Marks = z.object({ count, grain: z.number(), chunks: count, work: count, bytes: count });

/** First line of `checkpoints/<n>`; the tail of the text and the marks follow as bytes, see `core/plan/checkpoint.ts`. */
export const CheckpointHead = z.object({
  schema: z.literal('checkpoint.v1'),
  /** The last object that was planned; absent when none was. */
  after: z.string().optional(),
  /** The file of an inventory that named it. */
  file: count.optional(),
  /** Whether the listing has ended. */
  ended: z.boolean(),
  planner: Planner,
  text: Text,
  marks: Marks,
});
export type CheckpointHead = z.infer<typeof CheckpointHead>;
