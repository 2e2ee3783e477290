/** A flight as a CSV reader gives it: numbers may still be text. */
export interface Flight {
  readonly date: string;
  readonly delay: string | number;
  readonly distance: string | number;
  readonly origin: string;
  readonly destination: string;
}

const KM_PER_MILE = 1.609344;
/** Less is on time, as airlines see it. */
const LATE_MINUTES = 15;

/** The function that every subject calls for every flight; null leaves it out. */
export function cleaned(flight: Flight) {
  const distance = Number(flight.distance);
  const delay = Number(flight.delay);
  if (distance < 1 || flight.origin === flight.destination) return null;
  return {
    date: flight.date,
    route: `${flight.origin}-${flight.destination}`,
    distance_km: Math.floor(distance * KM_PER_MILE),
    delay,
    late: delay > LATE_MINUTES,
    origin: flight.origin,
    destination: flight.destination,
  };
}
