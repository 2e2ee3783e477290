import makeWabt from 'wabt';

/** Bytes of a WebAssembly module that is written in its text format. */
export async function assembled(source: string): Promise<Uint8Array> {
  const wabt = await makeWabt();
  const module = wabt.parseWat('scan.wat', source, { simd: true });
  try {
    module.resolveNames();
    module.validate();
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

const LINE_CHARACTERS = 120;

/** The source file that holds such bytes. */
export function wasmModule(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('base64');
  const lines = text.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? [];
  return `/** scan.wat in base64, made by \`npm run build:wasm\`. */\nexport const SCAN_WASM =\n  '${lines.join("' +\n  '")}';\n`;
}
