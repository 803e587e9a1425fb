import type { Device, DeviceName, Session } from "../../runtime/device.ts";
import type { Tensor } from "../../runtime/tensor.ts";

/**
 * A device on which one network of a model gives other numbers.
 *
 * @param real where it computes
 * @param part the network's folder
 * @param name what it is called, if not as the real one
 */
export function wrongIn(
  real: Device,
  part: string,
  spoil: (numbers: Float32Array) => Float32Array,
  name: DeviceName = real.name,
): Device {
  const spoiled = (session: Session): Session => ({
    ...{ inputs: session.inputs, outputs: session.outputs },
    async run(feeds, axes) {
      const outputs = Object.entries<Tensor>(await session.run(feeds, axes)).map(async ([name, tensor]) => {
        using own = tensor;
        return [name, real.upload(own.axes, own.dims, spoil(await own.read()))] as const;
      });
      return Object.fromEntries(await Promise.all(outputs)) as Awaited<ReturnType<typeof session.run<typeof axes>>>;
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  });
  return new Proxy(real, {
    get(target, key) {
      if (key === "name") return name;
      if (key === "load") {
        return async (...[graph]: Parameters<Device["load"]>) => {
          const session = await target.load(graph);
          return graph.path.includes(`/${part}/`) ? spoiled(session) : session;
        };
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
