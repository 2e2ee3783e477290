import { defineProcessor } from '../../../../worker/processor';

export default defineProcessor<{ id: number }, { id: number }>({
  rateLimit: { perSecond: 250 },
  process: ({ id }) => ({ id }),
});
