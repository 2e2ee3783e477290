import { readFileSync } from 'node:fs';
import path from 'node:path';
import makeWabt from 'wabt';

/** Sources in WebAssembly's text format, without their endings. */
export const WASM_SOURCES = ['core/records/simd/scan', 'worker/simd/known-rows', 'worker/simd/transcode'].map((name) =>
  path.join(__dirname, '..', name),
);

const LINE_CHARACTERS = 120;

/** The file that holds a source's bytes: `scan.wasm.ts` of `scan.wat`. */
export async function wasmFile(source: string): Promise<{ readonly file: string; readonly text: string }> {
  const name = path.basename(source);
  const bytes = await assembled(`${name}.wat`, readFileSync(`${source}.wat`, 'utf8'));
  const lines = Buffer.from(bytes)
    .toString('base64')
    .match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g'));
  const constant = `${name.toUpperCase().replaceAll('-', '_')}_WASM`;
  const text = `/** ${name}.wat in base64, made by \`npm run build:wasm\`. */\nexport const ${constant} =\n  '${lines?.join("' +\n  '")}';\n`;
  return { file: `${source}.wasm.ts`, text };
}

async function assembled(name: string, source: string): Promise<Uint8Array> {
  const wabt = await makeWabt();
  const module = wabt.parseWat(name, source, { simd: true });
  try {
    module.resolveNames();
    module.validate();
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}
