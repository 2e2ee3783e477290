import type { Measured } from './measure';

const SECOND_IN_MS = 1000;
const SECOND_IN_US = 1e6;

/** Starts to measure; what it answers tells how much this process has spent since. */
export function stopwatch(): () => Measured {
  const begun = performance.now();
  const before = process.cpuUsage();
  return () => {
    const seconds = (performance.now() - begun) / SECOND_IN_MS;
    const { user, system } = process.cpuUsage(before);
    return { seconds, cpuSeconds: (user + system) / SECOND_IN_US, peakRssBytes: process.resourceUsage().maxRSS * 1024 };
  };
}
