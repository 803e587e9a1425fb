/** A module factory as Emscripten writes it, as far as it is used here. */
export type CodecFactory<Codec> = (options: {
  readonly noInitialRun: boolean;
  readonly instantiateWasm: (
    imports: WebAssembly.Imports,
    ready: (instance: WebAssembly.Instance) => void,
  ) => WebAssembly.Exports;
  readonly printErr: (line: string) => void;
}) => Promise<Codec>;

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/**
 * Opens a codec of jSquash for one picture. A new instance each time: a WebAssembly memory never shrinks, and libjpeg ends
 * its program at a broken file, after which an instance cannot be used again. The program is compiled once, from the
 * package on disk.
 *
 * @param wasm specifier of the program, such as `@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm`
 * @param complaints gets each line the codec writes to its standard error
 */
export async function openCodec<Codec>(
  factory: CodecFactory<Codec>,
  wasm: string,
  complaints: string[] = [],
): Promise<Codec> {
  if (!compiled.has(wasm)) compiled.set(wasm, compile(wasm));
  const module = await compiled.get(wasm)!;
  return await factory({
    noInitialRun: true,
    printErr: (line) => complaints.push(line),
    instantiateWasm(imports, ready) {
      const instance = new WebAssembly.Instance(module, imports);
      ready(instance);
      return instance.exports;
    },
  });
}

async function compile(specifier: string): Promise<WebAssembly.Module> {
  return await WebAssembly.compile(await Deno.readFile(new URL(import.meta.resolve(specifier))));
}
