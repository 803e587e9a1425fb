import type { Device } from "../../runtime/device.ts";
import type { Conditioner, Encoding } from "../components.ts";

/**
 * Classes that the denoiser embeds itself (`class_labels` of diffusers' UNets).
 *
 * @param empty the id that stands for no class; the denoiser's last one
 */
export function classLabels(device: Device, empty: number | undefined): Conditioner<number> {
  return {
    encode(classes): Promise<Encoding> {
      const ids = classes.map((id) => {
        if (id !== undefined) return id;
        if (empty !== undefined) return empty;
        throw new RangeError("guidance needs an empty class, which this model does not have; it must be 1");
      });
      const label = device.upload("B", [ids.length], Float32Array.from(ids));
      return Promise.resolve({ given: { label }, cut: ids.map(() => 0) });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
