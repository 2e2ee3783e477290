import { FARGATE_MEMORY_MIB, profileOf } from '../submit/fargate';
import { REQUESTS_PREFIX } from './prefixes';
import { type Refuse, refuse } from './refuse';

/** What one section of a spec may not combine; attached to the schema, so that it also holds where a stored spec is read. */

interface InputSection {
  readonly prefix: string;
  readonly format: string;
  readonly csv?: { readonly delimiter: string; readonly quote: string };
  readonly compression: string;
  readonly encoding: string;
}

const DELIMITED = ['csv', 'tsv'];
const COMPRESSED_INSIDE = ['parquet', 'avro'];
const TEXTS = [...DELIMITED, 'jsonl'];

/** `requests/` is where files named on the command line land, which must not start a run each. */
export function checkInput(input: InputSection, context: Refuse): void {
  if (input.prefix.startsWith(REQUESTS_PREFIX)) {
    refuse(
      context,
      ['prefix'],
      `expected a prefix outside ${REQUESTS_PREFIX}, which is kept for files handed to run, received "${input.prefix}"`,
    );
  }
  if (input.csv) checkDialect(input.format, input.csv, context);
  if (!TEXTS.includes(input.format) && input.encoding !== 'utf-8') {
    refuse(context, ['encoding'], `encoding is for the formats ${TEXTS.join(', ')}, received format "${input.format}"`);
  }
  if (COMPRESSED_INSIDE.includes(input.format) && !['auto', 'none'].includes(input.compression)) {
    refuse(
      context,
      ['compression'],
      `${input.format} is compressed inside and read in parts: expected auto or none, received "${input.compression}"`,
    );
  }
}

function checkDialect(format: string, csv: { readonly delimiter: string; readonly quote: string }, context: Refuse): void {
  if (!DELIMITED.includes(format)) refuse(context, ['csv'], `csv is for the formats csv and tsv, received format "${format}"`);
  if (csv.delimiter === csv.quote) refuse(context, ['csv'], `delimiter and quote must differ, both are ${JSON.stringify(csv.quote)}`);
  if (format === 'tsv' && csv.delimiter !== '\t') {
    refuse(
      context,
      ['csv'],
      `the delimiter of tsv is a tab, received ${JSON.stringify(csv.delimiter)}: write delimiter: "\\t", or format: csv`,
    );
  }
}

/** Fargate starts only some pairs, and CloudFormation tells so only at deploy. */
export function checkCompute(compute: Parameters<typeof profileOf>[0], context: Refuse): void {
  const legalCores = compute.vcpu === 'auto' || String(compute.vcpu) in FARGATE_MEMORY_MIB;
  try {
    profileOf(compute);
  } catch (error) {
    refuse(context, [legalCores ? 'memory' : 'vcpu'], error instanceof Error ? error.message : String(error));
  }
}

/** The parts of a spec that must go together. */
interface JobSections {
  readonly input: { readonly format: string; readonly schema?: string; readonly compression: string };
  readonly chunk: { readonly files?: number };
  readonly process: object;
  readonly output: { readonly format: string; readonly schema?: string };
  readonly quality?: readonly unknown[];
}

/** Whole files are handed to a program and come back as files: there are no records to cut, type or select. */
export function checkJob(job: JobSections, context: Refuse): void {
  if (job.input.format === 'files') checkFiles(job, context);
  else checkRecords(job, context);
}

function checkFiles({ input, process, output, quality }: JobSections, context: Refuse): void {
  const kind = ['sql', 'module'].find((key) => key in process);
  if (kind) refuse(context, ['process'], `input.format files hands whole files to a program: expected a command, received ${kind}`);
  if (output.format !== 'files')
    refuse(context, ['output', 'format'], `expected files, as input.format is files, received "${output.format}"`);
  if (input.compression !== 'auto' && input.compression !== 'none') {
    refuse(context, ['input', 'compression'], `files are handed on as they are: expected auto or none, received "${input.compression}"`);
  }
  if (quality) refuse(context, ['quality'], 'files have no rows, so no rules for them');
  for (const [section, { schema }] of Object.entries({ input, output })) {
    if (schema !== undefined) refuse(context, [section, 'schema'], `files have no records, so no schema: received "${schema}"`);
  }
}

function checkRecords({ input, chunk, output }: JobSections, context: Refuse): void {
  if (output.format === 'files') {
    refuse(context, ['output', 'format'], `files is for input.format files, received input.format "${input.format}"`);
  }
  if (chunk.files !== undefined) {
    refuse(context, ['chunk', 'files'], `chunk.files is for input.format files, received input.format "${input.format}"`);
  }
}
