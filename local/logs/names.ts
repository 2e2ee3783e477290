import { ApiError } from '../kernel/errors';

/** What a file name may hold as it is; a slash becomes a tilde, so that names stay readable. */
const PLAIN = /[^A-Za-z0-9_\-.#$[\]/]/g;
const LONGEST_FILE_NAME = 240;

const escaped = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('');

/** A group's or stream's name as one file name; reversible, and never `.`, `..` or hidden. */
export function fileNameOf(name: string): string {
  const file = name.replace(new RegExp(PLAIN, 'gu'), escaped).replace(/^\./, '%2E').replaceAll('/', '~');
  if (file === '' || file.length > LONGEST_FILE_NAME) {
    throw new ApiError(
      'InvalidParameterException',
      `a log group or stream name has 1..${LONGEST_FILE_NAME} characters, not ${JSON.stringify(name)}`,
    );
  }
  return file;
}

/** The name behind a file name. */
export const nameOfFile = (file: string): string => decodeURIComponent(file.replaceAll('~', '/'));
