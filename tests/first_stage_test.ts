import { expect } from "@std/expect";
import { afterEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openAutoencoder } from "../models/autoencoder.ts";
import type { Autoencoder } from "../models/components.ts";
import { decodePicture } from "../pipeline/first_stage/decode_picture.ts";
import { fromPixels } from "../pipeline/images/pixels.ts";
import { NonFiniteError } from "../pipeline/images/non_finite_error.ts";
import { readNpy } from "../pipeline/npy.ts";
import { DEVICE_NAMES } from "../runtime/device.ts";
import type { MemoryLimits } from "../runtime/memory_limits.ts";
import type { Axes, Tensor } from "../runtime/tensor.ts";
import { openForTest } from "./devices/open_for_test.ts";

/** What diffusers made; training/reference/first_stage.py writes it. */
const FOLDER = fileURLToPath(new URL("./first_stage/", import.meta.url));
const TILED = join(FOLDER, "tiled");
/** Two of 255, where pictures are from -1 to 1. */
const TWO = 2 / 127.5;
const ENDLESS: MemoryLimits = { total: Infinity, free: Infinity, tensor: Infinity };

const read = (name: string) => readNpy(Deno.readFileSync(join(FOLDER, `${name}.npy`)));
const farthest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), a.length === b.length ? 0 : Infinity);

for (const name of DEVICE_NAMES) {
  const device = await openForTest(name);
  if (!device) continue;

  describe(`first stage on ${name}`, () => {
    let opened: Autoencoder | undefined;
    const open = async (...given: Parameters<typeof openAutoencoder>) => opened = await openAutoencoder(...given);
    afterEach(async () => {
      await opened?.[Symbol.asyncDispose]();
      expect(device.counts().liveTensors).toBe(0);
    });
    const upload = <A extends Axes>(axes: A, name: string): Tensor<A> => {
      const { dims, data } = read(name);
      return device.upload(axes, dims, data);
    };

    it("decodes in tiles as diffusers does", async () => {
      const { decode, tileOf } = await open(TILED, device, { tiles: "always" });
      using latents = upload("B C h w", "latents");
      const [, , height = 0, width = 0] = latents.dims;
      using image = await decode(latents, await tileOf(height, width));
      const expected = read("decoded_in_tiles");
      expect(image.dims).toEqual(expected.dims);
      expect(farthest(await image.read(), expected.data)).toBeLessThan(TWO);
    });

    it("encodes in tiles as diffusers does", async () => {
      const { encode } = await open(TILED, device, { tiles: "always" });
      using picture = upload("B 3 H W", "picture");
      using latents = await encode(picture);
      const expected = read("encoded_in_tiles");
      expect(latents.dims).toEqual(expected.dims);
      expect(farthest(await latents.read(), expected.data)).toBeLessThan(TWO);
    });

    it("takes tiles where a run would not fit, and only there", async () => {
      const tileAt = async (limits: Partial<MemoryLimits>, side: number) => {
        await using autoencoder = await openAutoencoder(TILED, device, { limits: { ...ENDLESS, ...limits } });
        return await autoencoder.tileOf(side, side);
      };
      expect(await tileAt({}, 128)).toBeUndefined();
      expect(await tileAt({ free: 2 ** 34 }, 128)).toBeUndefined();
      expect(await tileAt({ free: 2 ** 24 }, 128)).toBe(16);
      expect(await tileAt({ tensor: 2 ** 20 }, 128)).toBe(16);
      expect(await tileAt({ free: 2 ** 24 }, 16)).toBeUndefined();
    });

    it("never takes tiles where that is set", async () => {
      const limits = { ...ENDLESS, free: 0 };
      await using autoencoder = await openAutoencoder(TILED, device, { tiles: "never", limits });
      expect(await autoencoder.tileOf(128, 128)).toBeUndefined();
    });

    it("decodes again in single precision what half precision makes NaN of and says so", async () => {
      const autoencoder = await open(join(FOLDER, "overflowing"), device);
      expect(autoencoder.isHalf).toBe(true);
      using latents = upload("B C h w", "overflowing_latents");
      const { data } = read("overflowing_decoded");
      const expected = data.map((value) => Math.min(1, Math.max(-1, value)));
      for (let picture = 0; picture < 2; picture++) {
        const told: string[] = [];
        const pixels = await decodePicture(latents, autoencoder, (notice) => told.push(notice));
        expect(farthest(fromPixels(pixels), expected)).toBeLessThan(TWO);
        expect(told).toEqual([expect.stringContaining("single precision")]);
      }
    });

    it("fails where single precision overflows, too", async () => {
      const autoencoder = await open(join(FOLDER, "overflowing"), device);
      const { dims } = read("overflowing_latents");
      using latents = device.upload("B C h w", dims, new Float32Array(dims.reduce((a, b) => a * b)).fill(NaN));
      await expect(decodePicture(latents, autoencoder, () => {})).rejects.toThrow(NonFiniteError);
    });
  });
}
