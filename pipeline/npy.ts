/**
 * NumPy's file format for one array, as far as noise and latents need it: float32, little-endian, C order, header
 * versions 1 and 2 (numpy.lib.format).
 *
 * @module
 */

/** An array as NumPy stores it. */
export interface NpyArray {
  /** Lengths of the dimensions, outermost first. */
  readonly dims: readonly number[];
  /** The numbers in row-major order. */
  readonly data: Float32Array;
}

const MAGIC = "\x93NUMPY";

/**
 * Reads a `.npy` file.
 *
 * @throws {SyntaxError} if it is no such file or is cut short, {TypeError} if its numbers are of another kind
 */
export function readNpy(file: Uint8Array): NpyArray {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 12 || String.fromCharCode(...file.subarray(0, 6)) !== MAGIC) {
    throw new SyntaxError("File is no .npy file: it does not begin with NumPy's mark");
  }
  const version = file[6]!;
  if (version !== 1 && version !== 2) {
    throw new TypeError(`.npy version is ${version}.${file[7]}; expected 1.0 or 2.0, as numpy.save writes`);
  }
  const start = version === 1 ? 10 : 12;
  const end = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (end > file.length) throw new SyntaxError(`.npy header ends at byte ${end}, but the file has ${file.length}`);
  const dims = readHeader(new TextDecoder("latin1").decode(file.subarray(start, end)));
  const bytes = 4 * dims.reduce((product, dim) => product * dim, 1);
  if (file.length - end !== bytes) {
    throw new SyntaxError(
      `.npy file has ${file.length - end} bytes of numbers; shape (${dims.join(", ")}) needs ${bytes}`,
    );
  }
  return { dims, data: new Float32Array(file.slice(end).buffer) };
}

/** Writes a `.npy` file, byte for byte as `numpy.save` does. */
export function writeNpy({ dims, data }: NpyArray): Uint8Array<ArrayBuffer> {
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(", ");
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape}), }`;
  // NumPy leaves room for a longer first dimension, then fills up to the next multiple of 64 bytes.
  const growth = dims.length === 0 ? 0 : 21 - String(dims[0]).length;
  const padded = 64 * (Math.floor((10 + dict.length + growth + 1) / 64) + 1) - 10;
  const header = dict.padEnd(padded - 1) + "\n";
  const file = new Uint8Array(10 + header.length + data.byteLength);
  file.set(bytesOf(`${MAGIC}\x01\x00`));
  new DataView(file.buffer).setUint16(8, header.length, true);
  file.set(bytesOf(header), 10);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + header.length);
  return file;
}

function readHeader(header: string): number[] {
  const kind = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const fortran = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape':\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (kind === undefined || fortran === undefined || shape === undefined) {
    throw new SyntaxError(`.npy header is ${JSON.stringify(header.trim())}; expected descr, fortran_order and shape`);
  }
  if (kind !== "<f4") throw new TypeError(`.npy numbers are ${kind}; expected <f4, as array.astype("float32") gives`);
  if (fortran === "True") {
    throw new TypeError(".npy is in Fortran order; expected C order, as numpy.ascontiguousarray gives");
  }
  return shape.split(",").map((dim) => dim.trim()).filter((dim) => dim !== "").map(Number);
}

function bytesOf(latin1: string): Uint8Array {
  return Uint8Array.from(latin1, (letter) => letter.charCodeAt(0));
}
