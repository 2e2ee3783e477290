/** A compressed stream that cannot be expanded to its end: corrupt, cut short, or followed by something else. */
export class CorruptStreamError extends Error {
  override readonly name = 'CorruptStreamError';
}

/** A compressed stream ends in its middle; of the first bytes of a file nothing else is to be expected. */
export class CutStreamError extends CorruptStreamError {
  constructor(where: string) {
    super(`it is cut short ${where}`);
  }
}
