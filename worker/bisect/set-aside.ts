import { Fault, FaultClass } from '../../core/fault';
import { dialectOf } from '../../core/records';
import { CodeFailure } from '../failures';
import { keepFile } from '../processors/files';
import { badRecord, readRecords } from '../rows/records';
import { cursorOf, keepText } from '../rows/text-place';
import type { ChunkWork, Outcome, Source, TextSource } from '../work';
import { recordsIn } from './cuts';

/** Sets all records of a chunk aside without processing them: they failed every chunk that they were in. */
export async function setAsideAll(work: ChunkWork): Promise<Outcome> {
  const { chunk, config, files = [] } = work;
  const { bisect } = config.spec.errors;
  const records = recordsIn({ sources: [...work.sources, ...files] });
  if (bisect === false || records > bisect.maxRecords) {
    throw new CodeFailure(
      `${records} records of chunk ${chunk.id} are to be set aside unread`,
      'errors.bisect allows fewer: run the files again',
    );
  }
  const fault = faultOf(work);
  for (const [record, { object, file }] of files.entries()) {
    work.quarantine.add({ object, record, fault, ...(await keepFile(file, object.bytes)) });
  }
  for (const source of work.sources) await setSourceAside(work, source, fault);
  return { parts: [], written: 0, filtered: 0 };
}

function faultOf({ chunk: { suspect } }: ChunkWork): Fault {
  const faultClass = FaultClass.safeParse(suspect?.class);
  return new Fault(faultClass.success ? faultClass.data : 'CODE', suspect?.message ?? 'its chunk failed every time');
}

async function setSourceAside(work: ChunkWork, source: Source, fault: Fault): Promise<void> {
  if (source.kind === 'text') return setLinesAside(work, source, fault);
  for await (const batch of readRecords({ ...work, sources: [source] })) {
    for (const record of batch) work.quarantine.add(badRecord(record, fault));
  }
}

/** The bytes as they are: nothing tries to understand what may have been fatal. */
function setLinesAside({ config, quarantine }: ChunkWork, source: TextSource, fault: Fault): void {
  const cursor = cursorOf(source, dialectOf(config.spec.input));
  while (cursor.next()) {
    quarantine.add({ object: source.object, record: quarantine.records, fault, ...keepText(source, cursor) });
  }
}
