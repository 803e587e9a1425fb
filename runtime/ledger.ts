import type { DeviceCounts } from "./device.ts";

/** Counts the tensors of one device. */
export class Ledger {
  #tensors = 0;
  #bytes = 0;
  #readbacks = 0;

  /** Notes a new tensor of so many bytes. */
  made(bytes: number): void {
    this.#tensors++;
    this.#bytes += bytes;
  }

  /** Notes that a tensor of so many bytes was disposed. */
  disposed(bytes: number): void {
    this.#tensors--;
    this.#bytes -= bytes;
  }

  /** Notes a copy from the GPU to the CPU. */
  readBack(): void {
    this.#readbacks++;
  }

  /** The counters now. */
  counts(): DeviceCounts {
    return { liveTensors: this.#tensors, liveBytes: this.#bytes, readbacks: this.#readbacks };
  }
}
