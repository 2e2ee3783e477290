import type { QueryVerdict } from '../query/verdict';
import { acrossJobs } from './across';
import { type Path, type Position, readDocument, type SpecDocument } from './document';
import { explain, type Finding } from './explain';
import { outputFindings } from './output-findings';
import { qualityFindings } from './quality-findings';
import { baseName, type ReadFile, type RecordSchemas, readReferences } from './references';
import { JobSpec } from './schema';
import { schemaErrors } from './schema-errors';

/** One thing wrong in one spec, where an editor can jump to. */
export interface SpecError {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** As in `input.prefix`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** The spec that names the file, where that is another one. */
  readonly spec?: string;
}

/** A valid spec with the JSON Schemas that it names. */
export interface LoadedJob {
  readonly spec: JobSpec;
  readonly schemas: RecordSchemas;
  readonly file: string;
  /** What DuckDB said about its queries, once it was asked. */
  readonly query?: QueryVerdict;
}

/** A job whose file is still at hand, so that what two jobs may not share can be shown in it. */
export interface DraftJob extends LoadedJob {
  readonly complain: (path: Path, message: string) => SpecError;
}

interface Draft {
  readonly job?: DraftJob;
  readonly errors: readonly SpecError[];
}

/** Reads and checks job specs and all they name; tells every error of every file, and returns the jobs that have none. */
export function loadJobs(
  files: readonly string[],
  readFile: ReadFile,
): { readonly jobs: readonly LoadedJob[]; readonly errors: readonly SpecError[] } {
  const drafts = files.map((file) => loadDraft(file, readFile));
  const jobs = drafts.flatMap(({ job }) => (job ? [job] : []));
  const between = acrossJobs(jobs);
  const refused = new Set(between.map(({ file }) => file));
  return {
    jobs: jobs.filter(({ file }) => !refused.has(file)).map(({ spec, schemas, file }) => ({ spec, schemas, file })),
    errors: [...drafts.flatMap(({ errors }) => errors), ...between],
  };
}

function loadDraft(file: string, readFile: ReadFile): Draft {
  const text = readFile(file);
  if (text === undefined) return { errors: [{ file, line: 1, column: 1, path: '', message: `no such file: ${file}` }] };
  const document = readDocument(text);
  if (document.problems.length > 0) return { errors: document.problems.map((problem) => ({ file, path: '', ...problem })) };
  return check(file, document, readFile);
}

function check(file: string, document: SpecDocument, readFile: ReadFile): Draft {
  const complain = complainer(file, document);
  const parsed = JobSpec.safeParse(document.value);
  const references = readReferences(file, document.value, readFile);
  const findings = parsed.success
    ? [
        ...wrongName(file, parsed.data.name),
        ...outputFindings(parsed.data, references.schemas),
        ...qualityFindings(parsed.data, references.schemas),
      ]
    : parsed.error.issues.flatMap((issue) => explain(issue, document.value));
  const errors = [...findings, ...references.findings].map(({ path, at, message }) => complain(path, message, at)).toSorted(byPosition);
  const inSchemas = schemaErrors(file, document.value, references.files);
  if (!parsed.success || errors.length + inSchemas.length > 0) return { errors: [...errors, ...inSchemas] };
  return { job: { spec: parsed.data, schemas: references.schemas, file, complain }, errors };
}

const byPosition = (a: Position, b: Position): number => a.line - b.line || a.column - b.column;

function wrongName(file: string, name: string): readonly Finding[] {
  const message = nameProblem(file, name);
  return message === undefined ? [] : [{ path: ['name'], at: 'value', message }];
}

function nameProblem(file: string, name: string): string | undefined {
  if (!file.endsWith('.yaml')) return `a job spec is a file <name>.yaml, received ${baseName(file)}`;
  const expected = baseName(file).slice(0, -'.yaml'.length);
  return name === expected ? undefined : `expected the name of the file, "${expected}", received "${name}"`;
}

function complainer(file: string, document: SpecDocument) {
  return (path: Path, message: string, at: 'key' | 'value' = 'value'): SpecError => {
    const position: Position = at === 'key' ? document.atKey(path) : document.at(path);
    return { file, ...position, path: formatPath(path), message };
  };
}

/** `process.command[0]` */
export const formatPath = (path: Path): string =>
  path.map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${step}`)).join('');
