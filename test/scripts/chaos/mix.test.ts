import { LEVELS, mixOf } from '../../../scripts/chaos/mix';

test.each(LEVELS.filter((level) => level !== 'model'))(
  'the mix of level %s is a valid plan whose rules have names of their own',
  (level) => {
    const { seed, rules } = mixOf(level, { seed: 9, disks: true });

    expect(seed).toBe(9);
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
  },
);

test('where no disk can be mounted, none is made too small', () => {
  const kinds = mixOf('all', { seed: 1, disks: false }).rules.map(({ kind }) => kind);

  expect(kinds).not.toContain('task-disk-full');
});

test('faults on the wire spare whoever looks on', () => {
  const wire = mixOf('wire', { seed: 1, disks: true }).rules.filter(({ kind }) => !/^(event|function)-/.test(kind));

  expect(wire.map(({ caller }) => caller)).toEqual(wire.map(() => '*:role/*'));
});
