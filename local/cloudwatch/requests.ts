import { z } from 'zod';

/** What a wrong request is answered with. */
export const CODE = 'InvalidParameterValue';
export const Dimensions = z.array(z.object({ Name: z.string(), Value: z.string() })).default([]);
const Statistics = z.enum(['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount']);
const time = z.number().transform((seconds) => seconds * 1000);
const Period = z.number().int().min(1);

export const PutDatum = z.object({
  MetricName: z.string(),
  Dimensions,
  Timestamp: time.optional(),
  Unit: z.string().optional(),
  Value: z.number().optional(),
  Values: z.array(z.number()).min(1).max(150).optional(),
  Counts: z.array(z.number().positive()).optional(),
  StatisticValues: z.object({ SampleCount: z.number(), Sum: z.number(), Minimum: z.number(), Maximum: z.number() }).optional(),
});
export const Put = z.object({ Namespace: z.string().min(1), MetricData: z.array(PutDatum).max(1000).default([]) });
export const List = z.object({
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.string().optional() })).default([]),
  NextToken: z.string().optional(),
});
export const Get = z.object({
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions,
  StartTime: time,
  EndTime: time,
  Period,
  Statistics: z.array(Statistics).min(1),
});
const Query = z.object({
  Id: z.string(),
  Label: z.string().optional(),
  ReturnData: z.boolean().default(true),
  MetricStat: z
    .object({ Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions }), Period, Stat: Statistics })
    .optional(),
});
export const GetData = z.object({
  MetricDataQueries: z.array(Query).min(1).max(500),
  StartTime: time,
  EndTime: time,
  ScanBy: z.string().default('TimestampDescending'),
});

export const AlarmsWish = z.object({
  AlarmNames: z.array(z.string()).optional(),
  AlarmNamePrefix: z.string().default(''),
  StateValue: z.string().optional(),
  NextToken: z.string().optional(),
});
