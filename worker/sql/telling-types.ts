import { readAsText } from '../../core/inference/infer-schema';
import { ConfigFailure, DataFailure } from '../failures';
import type { Processor } from '../work';

/** How the engine says that a value or a column is not of the type that a query needs. */
const ABOUT_TYPES = /explicit (type )?cast|argument types|Cannot (mix|combine|compare)|Conversion Error/i;

export const isAboutTypes = (message: string): boolean => ABOUT_TYPES.test(message);

/** A query that fails because a column was read as text says why it was, and how to decide otherwise. */
export const tellingTypes =
  (query: string, processor: Processor): Processor =>
  async (work) => {
    try {
      return await processor(work);
    } catch (thrown) {
      const reason = isTypeFailure(thrown) ? readAsText(work.config.schemas.input, query) : undefined;
      if (reason === undefined) throw thrown;
      const { message, hint } = thrown as ConfigFailure | DataFailure;
      const told = `${reason}. ${message}`;
      throw thrown instanceof DataFailure ? new DataFailure(told, hint) : new ConfigFailure(told, hint);
    }
  };

const isTypeFailure = (thrown: unknown): thrown is ConfigFailure | DataFailure =>
  (thrown instanceof ConfigFailure || thrown instanceof DataFailure) && isAboutTypes(thrown.message);
