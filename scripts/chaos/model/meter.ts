export { Meter } from '../../../worker/meter';

/** Nobody reads what a modelled task used, and asking the system takes longer than the task. */
export const usageNow = () => ({ cpuSeconds: 0 });
export const usageBetween = () => ({ cpuSeconds: 0 });
export const samplePeakRss = () => ({ stop: () => 0 });
