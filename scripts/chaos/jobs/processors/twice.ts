import { defineProcessor, SkipRecordError } from '../../../../worker/processor';

interface Order {
  readonly id: string;
  readonly amount: string;
  readonly note: string;
}

export default defineProcessor<Order, { id: number; twice: number; note: string }>({
  process({ id, amount, note }) {
    const value = Number(amount);
    if (Number.isNaN(value)) throw new SkipRecordError(`amount is no number: ${amount}`);
    return value % 10 === 0 ? null : { id: Number(id), twice: value * 2, note };
  },
});
