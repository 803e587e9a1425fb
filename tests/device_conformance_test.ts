import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { DEVICE_NAMES } from "../runtime/device.ts";
import { feedCases } from "./devices/feed_cases.ts";
import { graphCases } from "./devices/graph_cases.ts";
import { openForTest } from "./devices/open_for_test.ts";
import { stepCases } from "./devices/step_cases.ts";
import { tensorCases } from "./devices/tensor_cases.ts";
import { workerCases } from "./devices/worker_cases.ts";

for (const name of DEVICE_NAMES) {
  const device = await openForTest(name);
  if (!device) continue;
  describe(`device ${name}: ${device.description}`, () => {
    it("has its name", () => expect(device.name).toBe(name));
    tensorCases(device);
    stepCases(device);
    feedCases(device);
    graphCases(device);
    workerCases(name);

    it("leaves nothing behind", async () => {
      expect(device.counts()).toMatchObject({ liveTensors: 0, liveBytes: 0 });
      await device[Symbol.asyncDispose]();
    });
  });
}
