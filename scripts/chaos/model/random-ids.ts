import crypto from 'node:crypto';

export * from 'node:crypto';

let source: () => number = Math.random;

/** From now on ids follow from this sequence. */
export function idsFrom(random: () => number): void {
  source = random;
}

/** In the place of Node's own, so that a schedule is the same whenever it is run again. */
export const randomUUID = (): string => crypto.createHash('md5').update(String(source())).digest('hex');

/** For stand-ins that decide by chance: the same sequence, so that a schedule stays the same. */
export const chance = (): number => source();
