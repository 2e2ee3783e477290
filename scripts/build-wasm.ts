import { writeFileSync } from 'node:fs';
import { WASM_SOURCES, wasmFile } from './wasm';

/** Writes all WebAssembly anew after a change of its sources. */
async function main(): Promise<void> {
  for (const source of WASM_SOURCES) {
    const { file, text } = await wasmFile(source);
    writeFileSync(file, text);
  }
}

void main();
