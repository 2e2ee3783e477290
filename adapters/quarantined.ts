import { createGunzip } from 'node:zlib';
import { QuarantinedRecord, QuarantineIndex } from '../core/contracts';
import { quarantineIndexKey } from '../core/keys';
import { findJson } from './json';
import type { ObjectStore } from './ports';
import type { DriveRef } from './run-plan';

/** A quarantine object does not hold what the index says of it. */
export class DamagedQuarantineError extends Error {
  override readonly name = 'DamagedQuarantineError';
  constructor(key: string, received: number, expected: number) {
    super(`${key} holds ${received} records, expected ${expected}, which is what the index says`);
  }
}

const LINE_FEED = 10;

/** The lines of a compressed text, as it expands: all of it may be more than one string can hold. */
async function* linesOf(body: Buffer): AsyncGenerator<string> {
  const expanded = createGunzip();
  expanded.end(body);
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of expanded) {
    const bytes = Buffer.concat([rest, piece as Buffer]);
    let begin = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, begin)) {
      yield bytes.toString('utf8', begin, end);
      begin = end + 1;
    }
    rest = bytes.subarray(begin);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}

/**
 * The bad records of a run that count, chunk by chunk in record order; none where the run was not decided yet. Chunks that
 * were done again, and workers that lost, leave objects that the index does not list: their records are others' already.
 */
export async function* quarantinedRecords(state: ObjectStore, { runId, drive }: DriveRef): AsyncGenerator<QuarantinedRecord> {
  const index = await findJson(state, quarantineIndexKey(runId, drive), QuarantineIndex);
  for (const { key, records } of index?.objects ?? []) {
    let read = 0;
    for await (const line of linesOf(await state.read(key))) {
      read++;
      yield QuarantinedRecord.parse(JSON.parse(line));
    }
    if (read !== records) throw new DamagedQuarantineError(key, read, records);
  }
}
