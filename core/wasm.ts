/** Every Node has it; its types come with those of browsers only. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}
const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

/** What every module of ours exports. */
export interface WasmMemory {
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** A module in base64 that is compiled when it is first used; each instance has memory of its own. */
export function wasmModule<Exports extends WasmMemory>(base64: string): () => Exports {
  let module: object | undefined;
  return () => {
    module ??= new WebAssembly.Module(Buffer.from(base64, 'base64'));
    return new WebAssembly.Instance(module).exports as Exports;
  };
}
