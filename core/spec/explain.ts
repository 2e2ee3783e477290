import type { z } from 'zod';
import type { Path } from './document';
import { suggestion } from './nearest';
import { choicesAt, keysAt } from './shape';

/** Where a problem lies, in the spec's own terms, and what to do about it. */
export interface Finding {
  readonly path: Path;
  /** An unknown key is shown at the key, everything else at the value. */
  readonly at: 'key' | 'value';
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** Says for people what zod found: the value received, what is allowed, and the word that was probably meant. */
export function explain(issue: Issue, value: unknown): readonly Finding[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, allowedBeside(path, valueAt(value, path))));
  if (issue.code === 'custom') return [{ path, at: 'value', message: issue.message }];
  const received = valueAt(value, path);
  if (issue.code === 'invalid_union' && isRecord(received)) return explainChoice(issue, path, { value, received });
  if (received === undefined) return [{ path, at: 'value', message: missing(path, issue) }];
  const hint = typeof received === 'string' ? suggestion(received, wordsOf(issue)) : '';
  return [{ path, at: 'value', message: `expected ${expectations(issue)}, received ${show(received)}${hint}` }];
}

function unknownKey(path: Path, key: string, allowed: readonly string[]): Finding {
  const message = `unknown key "${key}"${suggestion(key, allowed)}, allowed: ${allowed.join(', ')}`;
  return { path: [...path, key], at: 'key', message };
}

/** The keys that may stand in a section as it is written: of several shapes, those of the one that was chosen. */
function allowedBeside(path: Path, section: unknown): readonly string[] {
  const chosen = choicesAt(path).filter(({ key }) => isRecord(section) && Object.hasOwn(section, key));
  return chosen.length === 1 && chosen[0] ? chosen[0].keys : keysAt(path);
}

const missing = (path: Path, issue: Issue): string => `missing key "${path.at(-1)}": expected ${expectations(issue)}`;

interface Choosing {
  readonly value: unknown;
  readonly received: Readonly<Record<string, unknown>>;
}

/** A section that is one of several shapes, told apart by one key each: judged by the shape whose key is there. */
function explainChoice(issue: z.core.$ZodIssueInvalidUnion, path: Path, { value, received }: Choosing): readonly Finding[] {
  const choices = choicesAt(path);
  const keys = Object.keys(received);
  const chosen = choices.filter(({ key }) => keys.includes(key));
  const [only] = chosen;
  if (only && chosen.length === 1) {
    const unknown = keys.filter((key) => !only.keys.includes(key)).map((key) => unknownKey(path, key, only.keys));
    const inner = (issue.errors[choices.indexOf(only)] ?? []).filter(({ code }) => code !== 'unrecognized_keys');
    return [...unknown, ...inner.flatMap((error) => explain({ ...error, path: [...path, ...error.path] } as Issue, value))];
  }
  const unknown = keys
    .filter((key) => !choices.some((choice) => choice.keys.includes(key)))
    .map((key) => unknownKey(path, key, keysAt(path)));
  if (unknown.length > 0 && chosen.length === 0) return unknown;
  const names = chosen.map(({ key }) => key);
  const message = `expected exactly one of ${list(keysAt(path))}, received ${names.length === 0 ? 'none' : names.join(' and ')}`;
  return [...unknown, { path, at: 'value', message }];
}

/** Words that could have been written where a wrong one stands. */
function wordsOf(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_union') return issue.errors.flat().flatMap(wordsOf);
  return issue.code === 'invalid_value' ? issue.values.map(String) : [];
}

/** How the messages begin that the schema itself brings. */
const OURS = 'expected ';

const NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section of keys',
};

/** What would have been accepted, in words. */
function expectations(issue: Issue): string {
  if (issue.message.startsWith(OURS)) return issue.message.slice(OURS.length);
  if (issue.code === 'invalid_union') return list([...new Set(issue.errors.flat().map(expectations))]);
  if (issue.code === 'invalid_type') return NAMES[issue.expected] ?? issue.expected;
  if (issue.code === 'invalid_value') return list(issue.values.map(String));
  if (issue.code === 'too_small') return tooSmall(issue);
  return issue.message;
}

function tooSmall(issue: z.core.$ZodIssueTooSmall): string {
  if (issue.origin === 'string') return 'text that is not empty';
  if (issue.origin === 'array') return `a list of at least ${issue.minimum}`;
  return `a number ${issue.inclusive ? 'of at least' : 'above'} ${issue.minimum}`;
}

const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

/** Long values are cut: an error is one line. */
const SHOWN_CHARACTERS = 60;

function show(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a section of keys';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What stands at a path of a parsed document. */
export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, step) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, step) : undefined), value);
