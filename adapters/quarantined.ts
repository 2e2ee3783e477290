import { gunzipSync } from 'node:zlib';
import { QuarantinedRecord, QuarantineIndex } from '../core/contracts';
import { quarantineIndexKey } from '../core/keys';
import { findJson } from './json';
import type { ObjectStore } from './ports';
import type { DriveRef } from './run-plan';

/** The bad records of a run that count, chunk by chunk in record order; none where the run was not decided yet. */
export async function* quarantinedRecords(state: ObjectStore, { runId, drive }: DriveRef): AsyncGenerator<QuarantinedRecord> {
  const index = await findJson(state, quarantineIndexKey(runId, drive), QuarantineIndex);
  for (const { key } of index?.objects ?? []) {
    const lines = gunzipSync(await state.read(key))
      .toString('utf8')
      .split('\n');
    for (const line of lines) if (line !== '') yield QuarantinedRecord.parse(JSON.parse(line));
  }
}
