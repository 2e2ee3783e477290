import { RE2JS } from 're2js';
import { PatternError } from '../../core/json-schema/pattern/syntax';
import { type Translation, translatePattern } from '../../core/json-schema/pattern/translate';
import { ConfigFailure } from '../failures';

/** What tests texts; it names itself, because compiled validators keep one for each name. */
export interface TextTest {
  test(text: string): boolean;
  toString(): string;
}

/**
 * Compiles a JSON Schema pattern into a test of linear time. RE2's automaton runs whatever it is; what a plain engine
 * does in linear time as well is left to it, which is several times faster for short texts.
 */
export function compilePattern(source: string): TextTest {
  const { re2, linear } = translate(source);
  return linear ? new RegExp(source, 'u') : compileRe2(re2);
}

/** Compiles a pattern in the words of RE2. */
export function compileRe2(re2: string): TextTest {
  const automaton = RE2JS.compile(re2);
  return { test: (text) => automaton.test(text), toString: () => `re2:${re2}` };
}

/** The pattern as DuckDB takes it. */
export const toRe2 = (source: string): string => translate(source).re2;

function translate(source: string): Translation {
  try {
    return translatePattern(source);
  } catch (thrown) {
    if (!(thrown instanceof PatternError)) throw thrown;
    throw new ConfigFailure(`the pattern ${JSON.stringify(source)} ${thrown.message}`, 'write a pattern that RE2 can match');
  }
}
