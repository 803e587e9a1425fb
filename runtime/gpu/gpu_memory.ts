import { DeviceLostError } from "../device_lost_error.ts";

/** Buffers that wait for reuse hold at most so many bytes; a picture of 1024×1024 takes 12 MB. */
const MAX_IDLE_BYTES = 256 * 2 ** 20;

/**
 * The buffers of one GPU. A released buffer serves the next tensor of its size, so the loop allocates nothing after its
 * first step; that is safe because the GPU's queue keeps the order of commands.
 */
export class GpuMemory {
  readonly #device: GPUDevice;
  readonly #idle = new Map<number, GPUBuffer[]>();
  #idleBytes = 0;
  #closed = false;
  #failure: string | undefined;

  /** Watches the device, too: errors of a GPU arrive late and belong to no call. */
  constructor(device: GPUDevice) {
    this.#device = device;
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.#failure ??= (event as GPUUncapturedErrorEvent).error.message;
    });
    device.lost.then(({ message }) => this.#failure ??= message || "it was lost");
  }

  /** A buffer of at least so many bytes; what it holds is undefined. */
  acquire(bytes: number): GPUBuffer {
    this.checkAlive();
    // onnxruntime-web copies multiples of 16 bytes.
    const size = Math.ceil(bytes / 16) * 16;
    const idle = this.#idle.get(size)?.pop();
    if (idle) {
      this.#idleBytes -= size;
      return idle;
    }
    const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = GPUBufferUsage;
    return this.#device.createBuffer({ size, usage: STORAGE | UNIFORM | COPY_SRC | COPY_DST });
  }

  /** Takes back a buffer; commands that were submitted may still use it. */
  release(buffer: GPUBuffer): void {
    if (this.#closed || this.#idleBytes + buffer.size > MAX_IDLE_BYTES) return buffer.destroy();
    this.#idleBytes += buffer.size;
    const same = this.#idle.get(buffer.size);
    if (same) same.push(buffer);
    else this.#idle.set(buffer.size, [buffer]);
  }

  /** A buffer with these numbers. */
  upload(numbers: Float32Array | Uint32Array): GPUBuffer {
    const buffer = this.acquire(numbers.byteLength);
    this.#device.queue.writeBuffer(buffer, 0, numbers as BufferSource);
    return buffer;
  }

  /** The first numbers of a buffer; waits for all submitted work. */
  async read(buffer: GPUBuffer, count: number): Promise<Float32Array> {
    this.checkAlive();
    const size = count * Float32Array.BYTES_PER_ELEMENT;
    const staging = this.#device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    try {
      const encoder = this.#device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, 0, staging, 0, size);
      this.#device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      this.checkAlive();
      return new Float32Array(staging.getMappedRange()).slice();
    } finally {
      staging.destroy();
    }
  }

  /**
   * Does nothing while the GPU is well.
   *
   * @throws {DeviceLostError} if it was lost or has refused a command
   */
  checkAlive(): void {
    if (this.#failure !== undefined) {
      throw new DeviceLostError(`The GPU failed, latentd must start over: ${this.#failure}`);
    }
  }

  /** Frees the idle buffers, and from now on every released one. */
  close(): void {
    this.#closed = true;
    for (const buffer of [...this.#idle.values()].flat()) buffer.destroy();
    this.#idle.clear();
  }
}
