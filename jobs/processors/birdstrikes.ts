import { defineProcessor } from '../../worker/processor';

/** A report as it is filed; the schema has checked it. */
interface Report {
  readonly 'Airport Name': string;
  readonly 'Aircraft Make Model': string | null;
  readonly 'Effect Amount of damage': 'None' | 'Minor' | 'Medium' | 'Substantial';
  readonly 'Flight Date': string;
  readonly 'Aircraft Airline Operator': string | null;
  readonly 'Origin State': string | null;
  readonly 'Phase of flight': string | null;
  readonly 'Wildlife Size': 'Small' | 'Medium' | 'Large';
  readonly 'Wildlife Species': string | null;
  readonly 'Time of day': string | null;
  readonly 'Cost Other': number | null;
  readonly 'Cost Repair': number | null;
  readonly 'Cost Total $': number;
  readonly 'Speed IAS in knots': number | null;
}

const DAMAGE_POINTS = { None: 0, Minor: 1, Medium: 3, Substantial: 8 } as const;
const SIZE_POINTS = { Small: 1, Medium: 2, Large: 4 } as const;
/** Each power of ten dollars of damage counts as one point. */
const costPoints = (usd: number): number => (usd > 0 ? Math.floor(Math.log10(usd)) : 0);

const KMH_PER_KNOT = 1.852;
/** Words that mean that nobody knows. */
const UNKNOWN = /^unknown\b/i;

const known = (text: string | null): string | null => (text === null || UNKNOWN.test(text) ? null : text.trim());

/** `BARKSDALE AIR FORCE BASE ARPT` → `Barksdale Air Force Base Airport`. */
const airportName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\barpt\b/g, 'airport')
    .replace(/\bintl\b/g, 'international')
    .replace(/(^|[\s/-])\p{L}/gu, (initial) => initial.toUpperCase());

/** `US AIRWAYS*` carries a footnote mark that means nothing here. */
const operatorName = (name: string | null): string | null => known(name)?.replace(/\*$/, '') ?? null;

/** Cleans a report and scores how severe the strike was; parked aircraft are not in flight, so their reports are left out. */
export default defineProcessor<Report>({
  process(report) {
    if (report['Phase of flight'] === 'Parked') return null;
    const knots = report['Speed IAS in knots'];
    const damage = report['Effect Amount of damage'];
    const size = report['Wildlife Size'];
    return {
      date: report['Flight Date'],
      airport: airportName(report['Airport Name']),
      state: report['Origin State'],
      aircraft: known(report['Aircraft Make Model']),
      operator: operatorName(report['Aircraft Airline Operator']),
      phase: report['Phase of flight']?.toLowerCase() ?? null,
      time_of_day: report['Time of day']?.toLowerCase() ?? null,
      species: known(report['Wildlife Species']),
      size: size.toLowerCase(),
      damage: damage.toLowerCase(),
      repair_usd: report['Cost Repair'] ?? 0,
      other_usd: report['Cost Other'] ?? 0,
      total_usd: report['Cost Total $'],
      speed_kmh: knots === null ? null : Math.round(knots * KMH_PER_KNOT),
      severity: DAMAGE_POINTS[damage] + SIZE_POINTS[size] + costPoints(report['Cost Total $']),
    };
  },
});
