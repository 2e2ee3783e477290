import { defineProcessor } from '../../../../worker/processor';

interface Order {
  readonly id: string;
  readonly amount: string;
  readonly note: string;
}

/** More than the 256 KiB that Step Functions hands from state to state. */
const WORDS = 300_000;

export default defineProcessor<Order, { id: number; twice: number; note: string }>({
  process({ id, amount, note }) {
    const value = Number(amount);
    if (Number.isNaN(value)) throw new Error(`amount is no number: ${amount} ${'x'.repeat(WORDS)}`);
    return value % 10 === 0 ? null : { id: Number(id), twice: value * 2, note };
  },
});
