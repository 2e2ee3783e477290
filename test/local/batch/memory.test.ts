import { type ProcessRow, processTable, residentKiB } from '../../../local/batch/process-table';

const aProcess = (pid: number, parent: number, group: number, kib = 10): ProcessRow => ({ pid, parent, group, resident: () => kib });

describe('memory of a leader', () => {
  test('is that of its group, its descendants in other groups, and no stranger', () => {
    const rows = [
      aProcess(1, 0, 1, 1000),
      aProcess(10, 1, 10),
      aProcess(11, 10, 10),
      // Moved to a group of its own, and its child.
      aProcess(12, 11, 12),
      aProcess(13, 12, 12),
      // Its parent died: adopted by init, but still in the group.
      aProcess(14, 1, 10),
      aProcess(20, 1, 20, 500),
    ];

    expect(residentKiB(rows, [10])).toEqual(new Map([[10, 50]]));
    expect(residentKiB(rows, [10, 20]).get(20)).toBe(500);
  });

  test('ends even when parents run in a circle', () => {
    expect(residentKiB([aProcess(2, 3, 2), aProcess(3, 2, 3)], [9])).toEqual(new Map());
  });
});

test('the process table holds this very process with its memory', async () => {
  const own = (await processTable()).find(({ pid }) => pid === process.pid);

  expect(own?.parent).toBe(process.ppid);
  expect(own?.resident() ?? 0).toBeGreaterThan(10_000);
});
