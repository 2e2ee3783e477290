import { readFile } from 'node:fs/promises';
import type { ObjectStore } from '../../adapters/ports';
import { packKeys } from '../../core/commit/unique-keys';
import type { QualityFinding } from '../../core/contracts';
import { uniqueKeysKey } from '../../core/keys';
import type { Found } from './evaluate';

/** Stores the keys that Commit must compare, and answers what the marker says of each rule. */
export async function keepFindings(
  found: readonly Found[],
  state: ObjectStore,
  of: { readonly runId: string; readonly chunk: string; readonly writer: string },
): Promise<QualityFinding[]> {
  const findings: QualityFinding[] = [];
  for (const { keys, ...finding } of found) {
    if (!keys) {
      findings.push(finding);
      continue;
    }
    const key = uniqueKeysKey(of.runId, of.chunk, { writer: of.writer, rule: finding.rule });
    await state.createOnce(key, packKeys(await readFile(keys.file)));
    findings.push({ ...finding, keys: { key, count: keys.count } });
  }
  return findings;
}
