/** List prices in USD, us-east-1, read 2026-11 from AWS's price pages; Spot is a market, so its share is an assumption. */
export const PRICES = {
  asOf: '2026-11',
  region: 'us-east-1',
  fargate: {
    x86_64: { vcpuHour: 0.04048, gbHour: 0.004445 },
    arm64: { vcpuHour: 0.03238, gbHour: 0.00356 },
  },
  /** Spot price as a share of on-demand: "up to 70 % off". */
  spotShare: 0.3,
  stepFunctionsPerTransition: 0.025 / 1000,
  lambda: { perRequest: 0.2 / 1e6, perGbSecond: 0.0000133334 },
  s3: { perWrite: 0.005 / 1000, perRead: 0.0004 / 1000 },
} as const;
