import { suggestion } from '../spec/nearest';
import { contentProblem, type Given, overlap, type Place, type Schema, typesOf } from './content';
import { escapeStep, type JsonText, NO_TEXT } from './json-text';
import { type Dialect, type Holds, INSTEAD, isAnnotation, JSON_TYPES, type Keyword, keywordNames, keywordOf } from './keywords';
import { queryProblem, type SchemaUse } from './query-limits';
import { CHECKS, dialectNamed, isRecord } from './values';

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

const NO_COLUMN = 'expected an object or true, received false: "additionalProperties": false keeps columns out';

class SchemaChecker {
  readonly problems: SchemaProblem[] = [];
  private readonly dialect: Dialect;

  constructor(
    private readonly root: Schema,
    private readonly use: SchemaUse,
    private readonly text: JsonText,
  ) {
    this.dialect = dialectNamed(root.$schema) ?? '2020-12';
    for (const { pointer } of text.duplicates)
      this.problems.push({ pointer, at: 'key', message: 'the key stands twice: only one of them would count' });
  }

  check(schema: Schema, place: Place): void {
    const own = typesOf(schema);
    const types = own.length > 0 ? own : place.types;
    for (const [name, value] of Object.entries(schema)) this.keyword(schema, { name, value, ...place, types });
  }

  private keyword(schema: Schema, given: Given): void {
    const pointer = `${given.pointer}${escapeStep(given.name)}`;
    const keyword = keywordOf(given.name, this.dialect);
    const problem = this.problemOf(schema, given, pointer);
    if (problem) this.problems.push({ pointer, ...problem });
    else if (keyword) this.below(keyword, given, pointer);
  }

  private problemOf(schema: Schema, given: Given, pointer: string): Omit<SchemaProblem, 'pointer'> | undefined {
    const { name, value } = given;
    const keyword = keywordOf(name, this.dialect);
    if (!keyword) return { at: 'key', message: this.unknown(name) };
    // Below the top it would change what references mean.
    if (name === '$id' && schema !== this.root) return { at: 'key', message: '$id is allowed at the top of a schema only' };
    const role = this.use.role;
    const wrong = CHECKS[keyword.holds](value) ?? this.inexact(name, pointer) ?? contentProblem(this.root, schema, { ...given, role });
    if (wrong !== undefined) return { at: 'value', message: `${name}: ${wrong}` };
    const misplaced = placeProblem(schema, keyword, given) ?? queryProblem(this.use, schema, given);
    return misplaced === undefined ? undefined : { at: 'key', message: `${name}${misplaced}` };
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
        this.problems.push({ pointer: at, at: 'value', message: NO_COLUMN });
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
    const holdsValues = ['const', 'enum'].includes(name);
    const [, written] = [...this.text.inexact].find(([at]) => at === pointer || (holdsValues && at.startsWith(`${pointer}/`))) ?? [];
    return written === undefined
      ? undefined
      : `expected a number that a double holds exactly, such as up to 9007199254740992, received ${written}`;
  }
}

/** A keyword that would say nothing where it stands. */
function placeProblem(schema: Schema, { types = JSON_TYPES, beside }: Keyword, { types: actual }: Given): string | undefined {
  if (!overlap(actual, types)) return ` says nothing about ${actual.join(', ')}, but about ${types.join(', ')}`;
  if (beside && !beside.some((name) => Object.hasOwn(schema, name))) return ` says nothing without ${beside.join(' or ')} beside it`;
  return undefined;
}
