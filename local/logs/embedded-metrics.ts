import { z } from 'zod';
import { type Datum, folded, ONE } from '../cloudwatch/metric';

const Directive = z.object({
  Namespace: z.string().min(1),
  Dimensions: z.array(z.array(z.string())),
  Metrics: z.array(z.object({ Name: z.string(), Unit: z.string().optional() })),
});
const Embedded = z.looseObject({ _aws: z.object({ Timestamp: z.number(), CloudWatchMetrics: z.array(Directive) }) });
type Embedded = z.infer<typeof Embedded>;

const Values = z.union([z.number().transform((value) => [value]), z.array(z.number()).min(1).max(100)]);

function parse(line: string): Embedded | undefined {
  if (!line.includes('"_aws"')) return undefined;
  try {
    const parsed = Embedded.safeParse(JSON.parse(line.slice(line.indexOf('{'))));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // A line that only looks like JSON is an ordinary log line.
    return undefined;
  }
}

/** A dimension set whose values are all in the record; one that is not is left out, as by CloudWatch. */
function dimensionsOf(record: Embedded, names: readonly string[]): Readonly<Record<string, string>> | undefined {
  const entries = names.map((name) => [name, record[name]] as const);
  return entries.every(([, value]) => typeof value === 'string' && value !== '')
    ? Object.fromEntries(entries as [string, string][])
    : undefined;
}

function ofDirective(record: Embedded, { Namespace, Dimensions, Metrics }: z.infer<typeof Directive>): readonly Datum[] {
  const sets = Dimensions.length === 0 ? [[]] : Dimensions;
  return Metrics.flatMap(({ Name, Unit }) => {
    const parsed = Values.safeParse(record[Name]);
    const values = parsed.success ? folded(parsed.data.map(ONE)) : undefined;
    if (!values) return [];
    return sets.flatMap((names): readonly Datum[] => {
      const dimensions = dimensionsOf(record, names);
      return dimensions ? [{ namespace: Namespace, name: Name, dimensions, atMs: record._aws.Timestamp, unit: Unit, values }] : [];
    });
  });
}

/** The metrics of a line in CloudWatch's embedded metric format; none in any other line. */
export function embeddedMetrics(line: string): readonly Datum[] {
  const record = parse(line);
  return record ? record._aws.CloudWatchMetrics.flatMap((directive) => ofDirective(record, directive)) : [];
}
