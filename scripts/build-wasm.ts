import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { assembled, wasmModule } from './wasm';

/** Writes the WebAssembly of the text scanner anew after a change of its source. */
const folder = path.join(__dirname, '..', 'core', 'records', 'simd');

void assembled(readFileSync(path.join(folder, 'scan.wat'), 'utf8')).then((bytes) =>
  writeFileSync(path.join(folder, 'wasm.ts'), wasmModule(bytes)),
);
