import { defineProcessor } from '../../../worker/processor';
import { cleaned, type Flight } from './flight';

/** The function as a job of ours has it. */
export default defineProcessor<Flight>({ process: (flight) => cleaned(flight) });
