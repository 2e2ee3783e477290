import { readFileSync } from 'node:fs';
import path from 'node:path';
import { WASM_SOURCES, wasmFile } from '../../scripts/wasm';

test.each(WASM_SOURCES.map((source) => [path.basename(source), source]))(
  'what is run of %s is what its source says: npm run build:wasm',
  async (_name, source) => {
    const { file, text } = await wasmFile(source);

    expect(readFileSync(file, 'utf8')).toBe(text);
  },
);
