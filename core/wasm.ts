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

/** Instances of one module, each with memory of its own, which are used again: a new one reserves gigabytes of addresses. */
export class WasmInstances<Exports extends WasmMemory> {
  private module: object | undefined;
  private readonly idle: Exports[] = [];

  constructor(private readonly base64: string) {}

  /** An instance for one user; what its memory holds is left over from before. */
  take(): Exports {
    this.module ??= new WebAssembly.Module(Buffer.from(this.base64, 'base64'));
    return this.idle.pop() ?? (new WebAssembly.Instance(this.module).exports as Exports);
  }

  /** Takes an instance back that nobody will use any more. */
  giveBack(exports: Exports): void {
    this.idle.push(exports);
  }
}
