/// <reference lib="deno.worker" />
/** Answers a device's name with what the graph conv_9 makes of its test input there. */
import type { DeviceName } from "../../runtime/device.ts";
import { openDevice } from "../../runtime/open.ts";
import expected from "./graphs/expected.json" with { type: "json" };
import { testGraph } from "./test_graph.ts";

self.onmessage = async ({ data: name }: MessageEvent<DeviceName>) => {
  try {
    await using device = await openDevice(name);
    await using session = await device.load(testGraph("conv_9"));
    const { dims, data } = expected.conv_9.sample;
    using sample = device.upload("B C h w", dims, Float32Array.from(data));
    const { out_sample } = await session.run({ sample }, { out_sample: "B C h w" });
    using result = out_sample;
    self.postMessage(await result.read());
  } catch (error) {
    self.postMessage(String(error));
  }
};
