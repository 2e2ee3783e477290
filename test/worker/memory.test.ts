import { MIB } from '../../core/units';
import { Memory } from '../../worker/memory';

test('what a chunk gave back is the next one’s, cut to what it wants', () => {
  const memory = new Memory();
  const first = memory.lease();
  const bytes = first.take(5 * MIB + 1);
  expect(bytes).toHaveLength(5 * MIB + 1);

  first.giveBack();

  expect(memory.lease().take(5 * MIB).buffer).toBe(bytes.buffer);
});

test('memory that is held is nobody else’s, and what never comes back is not used again', () => {
  const memory = new Memory();
  const lease = memory.lease();
  const buffers = [lease.take(MIB).buffer, lease.take(MIB).buffer, memory.lease().take(MIB).buffer];

  expect(new Set(buffers).size).toBe(3);
});

test('giving back twice gives back once', () => {
  const memory = new Memory();
  const lease = memory.lease();
  lease.take(MIB);
  lease.giveBack();
  lease.giveBack();

  const next = memory.lease();

  expect(next.take(MIB).buffer).not.toBe(next.take(MIB).buffer);
});

test('small wants do not take large memory, large ones not small', () => {
  const memory = new Memory();
  const lease = memory.lease();
  const large = lease.take(10 * MIB).buffer;
  lease.giveBack();

  expect(memory.lease().take(MIB).buffer).not.toBe(large);

  const other = new Memory();
  const small = other.lease();
  const { buffer } = small.take(10 * MIB);
  small.giveBack();
  expect(other.lease().take(11 * MIB).buffer).not.toBe(buffer);
});

test('memory that is a little larger than what is wanted is taken', () => {
  const memory = new Memory();
  const lease = memory.lease();
  const { buffer } = lease.take(10 * MIB);
  lease.giveBack();

  expect(memory.lease().take(9 * MIB).buffer).toBe(buffer);
});

test('what does not fit is not kept beside what is taken instead: the budget knows nothing of it', () => {
  const memory = new Memory();
  const lease = memory.lease();
  const large = lease.take(10 * MIB).buffer;
  lease.giveBack();

  memory.lease().take(MIB);

  expect(memory.lease().take(10 * MIB).buffer).not.toBe(large);
});

test('two at most are kept', () => {
  const memory = new Memory();
  const lease = memory.lease();
  const all = new Set([lease.take(MIB).buffer, lease.take(MIB).buffer, lease.take(MIB).buffer]);
  lease.giveBack();
  const next = memory.lease();

  expect([1, 2, 3].filter(() => all.has(next.take(MIB).buffer))).toHaveLength(2);
});
