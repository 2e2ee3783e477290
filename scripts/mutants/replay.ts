import type { SuiteMutant } from './mutant';

const HOLE = 11;
const BYTE_TRUE = ['test/cli/quarantine/byte-true.test.ts'];
const FILES = ['test/cli/quarantine/replay-files.test.ts'];
const COMMAND = ['test/cli/commands/quarantine.test.ts'];

export const REPLAY_MUTANTS: readonly SuiteMutant[] = [
  {
    name: 'list, export and replay take every quarantine object instead of those of the index',
    hole: HOLE,
    edits: [
      {
        file: 'adapters/quarantined.ts',
        from: 'for (const { key, records } of index?.objects ?? []) {',
        to: 'for await (const { key } of state.list(index ? quarantineIndexKey(runId).replace(".json", "/") : "")) {',
      },
      { file: 'adapters/quarantined.ts', from: 'if (read !== records) throw new DamagedQuarantineError(key, read, records);', to: '' },
    ],
    tests: COMMAND,
  },
  {
    name: 'a record of a converted text is kept as UTF-8',
    hole: HOLE,
    edits: [{ file: 'worker/rows/text-place.ts', from: 'stored: fromUtf8(raw, encoding)', to: 'stored: raw' }],
    tests: BYTE_TRUE,
  },
  {
    name: 'the offset of a record is that of the converted text',
    hole: HOLE,
    edits: [{ file: 'worker/fetch/converted.ts', from: 'return { offset: offset + measured };', to: 'return { offset: place };' }],
    tests: BYTE_TRUE,
  },
  {
    name: 'every line break becomes a line feed',
    hole: HOLE,
    edits: [{ file: 'worker/rows/text-place.ts', from: 'lineBreak: lineBreakAt(source, end)', to: "lineBreak: '\\n' as const" }],
    tests: BYTE_TRUE,
  },
  {
    name: 'a record that was cut is replayed as far as it was kept',
    hole: HOLE,
    edits: [
      {
        file: 'cli/quarantine/whole-records.ts',
        from: 'isCut(record) ? await readAgain(record, texts) : rawBytesOf(record)',
        to: 'rawBytesOf(record)',
      },
    ],
    tests: BYTE_TRUE,
  },
  {
    name: 'a record of Avro is the first of its block',
    hole: HOLE,
    edits: [
      { file: 'cli/quarantine/avro-files.ts', from: 'const record = block[index];', to: 'const record = block[Math.min(index, 0)];' },
    ],
    tests: BYTE_TRUE,
  },
  {
    name: 'a record whose quote is never closed takes in the next one',
    hole: HOLE,
    edits: [{ file: 'cli/quarantine/text-files.ts', from: 'if (this.swallowsNext(whole))', to: 'if (false as boolean)' }],
    tests: FILES,
  },
  {
    name: 'a replay file must be compressed as the job says',
    hole: HOLE,
    edits: [{ file: 'adapters/beginning.ts', from: 'if (isReplayKey(head.key))', to: 'if (false as boolean)' }],
    tests: ['test/adapters/beginning.test.ts'],
  },
  {
    name: 'replay files lie where files are dropped',
    hole: HOLE,
    edits: [
      {
        file: 'cli/quarantine/replay.ts',
        from: 'replayKey(job, source.runId, basename(path))',
        to: "'incoming/'.concat(job, '/', basename(path))",
      },
    ],
    tests: COMMAND,
  },
];
