import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import { openForTest } from "../tests/devices/open_for_test.ts";

const DECODER = fileURLToPath(new URL("../tests/first_stage/tiled/vae_decoder/model.onnx", import.meta.url));

const device = await openForTest("cpu");
if (device) {
  describe("memory of cpu", () => {
    it("is taken by the first run of a graph, and no more by those that follow", async () => {
      await using session = await device.load({ path: DECODER, external: [] });
      const [input, output] = [session.inputs[0]!.name, session.outputs[0]!.name];
      // So large that the scores of attention have 64 MiB, twice.
      const dims = [1, 4, 64, 64];
      using latents = device.upload("B C h w", dims, new Float32Array(4 * 64 * 64).fill(0.5));
      const resident = [Deno.memoryUsage().rss];
      for (let run = 0; run < 3; run++) {
        (await session.run({ [input]: latents }, { [output]: "B 3 H W" }))[output]![Symbol.dispose]();
        resident.push(Deno.memoryUsage().rss);
      }
      const [before, first, , third] = resident as [number, number, number, number];
      expect(first - before).toBeGreaterThan(2 ** 26);
      expect(third - first).toBeLessThan((first - before) / 2);
    });
  });
}
