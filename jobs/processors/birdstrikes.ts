import { defineProcessor } from '../../worker/processor';
import type { Input, Output } from '../types/birdstrikes';

const DAMAGE_POINTS = { None: 0, Minor: 1, Medium: 3, Substantial: 8 } as const;
const SIZE_POINTS = { Small: 1, Medium: 2, Large: 4 } as const;
/** Each power of ten dollars of damage counts as one point. */
const costPoints = (usd: number): number => (usd > 0 ? Math.floor(Math.log10(usd)) : 0);

const KMH_PER_KNOT = 1.852;
/** Words that mean that nobody knows. */
const UNKNOWN = /^unknown\b/i;

/** A text of a report: its column may be empty, or missing from a file. */
type Text = string | null | undefined;

const known = (text: Text): string | null => (!text || UNKNOWN.test(text) ? null : text.trim());

/** `BARKSDALE AIR FORCE BASE ARPT` → `Barksdale Air Force Base Airport`. */
const airportName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\barpt\b/g, 'airport')
    .replace(/\bintl\b/g, 'international')
    .replace(/(^|[\s/-])\p{L}/gu, (initial) => initial.toUpperCase());

/** `US AIRWAYS*` carries a footnote mark that means nothing here. */
const operatorName = (name: Text): string | null => known(name)?.replace(/\*$/, '') ?? null;

/** Cleans a report and scores how severe the strike was; parked aircraft are not in flight, so their reports are left out. */
export default defineProcessor<Input, Output>({
  process(report) {
    if (report['Phase of flight'] === 'Parked') return null;
    const knots = report['Speed IAS in knots'];
    const damage = report['Effect Amount of damage'];
    const size = report['Wildlife Size'];
    return {
      date: report['Flight Date'],
      airport: airportName(report['Airport Name']),
      state: report['Origin State'] ?? null,
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
      speed_kmh: knots == null ? null : Math.round(knots * KMH_PER_KNOT),
      severity: DAMAGE_POINTS[damage] + SIZE_POINTS[size] + costPoints(report['Cost Total $']),
    };
  },
});
