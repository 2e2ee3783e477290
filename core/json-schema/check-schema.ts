import { suggestion } from '../spec/nearest';
import { contentProblem, type Given, overlap, type Place, type Schema, typesOf } from './content';
import { escapeStep, type JsonText, NO_TEXT } from './json-text';
import {
  type Dialect,
  type Holds,
  INSTEAD,
  isAnnotation,
  JSON_TYPES,
  type JsonType,
  type Keyword,
  keywordNames,
  keywordOf,
} from './keywords';
import { queryProblem, type SchemaUse } from './query-limits';
import { CHECKS, dialectNamed, isRecord, showValue } from './values';

/** What a schema says that is not supported, and where. */
export interface SchemaProblem {
  /** JSON pointer. */
  readonly pointer: string;
  readonly at: 'key' | 'value';
  readonly message: string;
}

/** Finds all that a record's schema says and that is not checked alike by queries, modules and commands. */
export function checkSchema(schema: Schema, use: SchemaUse, text: JsonText = NO_TEXT): readonly SchemaProblem[] {
  const checker = new SchemaChecker(schema, use, text);
  checker.check(schema, { pointer: '', depth: 0, types: JSON_TYPES });
  return checker.problems;
}

const ONE_SCHEMA: readonly Holds[] = ['schema'];
const SCHEMAS_BY_NAME: readonly Holds[] = ['schema by name', 'schema by pattern'];
/** Keywords whose schemas are about the same value. */
const IN_PLACE: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentSchemas']);

class SchemaChecker {
  readonly problems: SchemaProblem[] = [];
  private readonly dialect: Dialect;

  constructor(
    private readonly root: Schema,
    private readonly use: SchemaUse,
    private readonly text: JsonText,
  ) {
    this.dialect = dialectNamed(root.$schema) ?? '2020-12';
    for (const { pointer } of text.duplicates) this.refuse(pointer, 'key', 'the key stands twice: only one of them would count');
  }

  check(schema: Schema, place: Place): void {
    const own = typesOf(schema);
    const types = own.length > 0 ? own : place.types;
    for (const [name, value] of Object.entries(schema)) this.keyword(schema, { name, value, ...place, types });
  }

  private keyword(schema: Schema, given: Given): void {
    const { name, value, pointer: around } = given;
    const pointer = `${around}${escapeStep(name)}`;
    const keyword = keywordOf(name, this.dialect);
    if (!keyword) return this.refuse(pointer, 'key', this.unknown(name));
    const problem =
      CHECKS[keyword.holds](value) ?? this.inexact(name, pointer) ?? contentProblem(this.root, schema, { ...given, role: this.use.role });
    if (problem !== undefined) return this.refuse(pointer, 'value', `${name}: ${problem}`);
    const misplaced = placeProblem(schema, keyword, given) ?? queryProblem(this.use, schema, given);
    if (misplaced !== undefined) return this.refuse(pointer, 'key', `${name}${misplaced}`);
    this.below(keyword, given, pointer);
  }

  /** Goes on to the schemas that a keyword holds. */
  private below({ holds }: Keyword, { name, value, depth, types }: Given, pointer: string): void {
    const place = IN_PLACE.has(name) ? { depth, types } : { depth: depth + 1, types: JSON_TYPES };
    const all: readonly (readonly [string, unknown])[] = ONE_SCHEMA.includes(holds)
      ? [[pointer, value]]
      : holds === 'schemas' || SCHEMAS_BY_NAME.includes(holds)
        ? Object.entries(value as object).map(([step, one]) => [`${pointer}${escapeStep(step)}`, one])
        : [];
    for (const [at, inner] of all) {
      if (isRecord(inner)) this.check(inner, { ...place, pointer: at });
      else if (inner === false && name === 'properties' && depth === 0)
        this.refuse(at, 'value', 'false: a column that may not be there is left out, with "additionalProperties": false');
    }
  }

  private unknown(name: string): string {
    const allowed = keywordNames(this.dialect);
    const instead = INSTEAD.get(name);
    const hint = instead === undefined ? suggestion(name, allowed) : ` (${instead})`;
    const draft = keywordOf(name) ? `, which ${this.dialect} has not` : '';
    return `unknown keyword ${JSON.stringify(name)}${draft}${hint}, allowed: ${allowed.join(', ')}`;
  }

  /** Of numbers that a person wrote, JavaScript and SQL would compare with others. */
  private inexact(name: string, pointer: string): string | undefined {
    if (isAnnotation(name)) return undefined;
    const written = this.text.inexact.get(pointer);
    return written === undefined
      ? undefined
      : `expected a number that a double holds exactly, such as up to 9007199254740992, received ${written}`;
  }

  private refuse(pointer: string, at: 'key' | 'value', message: string): void {
    this.problems.push({ pointer, at, message });
  }
}

/** A keyword that would say nothing where it stands. */
function placeProblem(schema: Schema, { types = JSON_TYPES, beside }: Keyword, { types: actual }: Given): string | undefined {
  if (!overlap(actual, types)) return ` says nothing about ${actual.join(', ')}, but about ${types.join(', ')}`;
  if (beside && !beside.some((name) => Object.hasOwn(schema, name))) return ` says nothing without ${beside.join(' or ')} beside it`;
  return undefined;
}
