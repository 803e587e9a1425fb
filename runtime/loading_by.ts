import type { Device } from "./device.ts";

/** A device that loads graphs in another way, and is `device` in all else. */
export function loadingBy(load: Device["load"], device: Device): Device {
  return new Proxy(device, {
    get(target, key) {
      if (key === "load") return load;
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
