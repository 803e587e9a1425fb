import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { readImage } from "../pipeline/images/read/read_image.ts";
import { A1111Client, png64 } from "./fakes/clients/a1111_client.ts";
import type { FakeService } from "./fakes/fake_service.ts";
import { MODEL } from "./fakes/models.ts";

describe("AUTOMATIC1111's API, lists and tools", () => {
  let service: FakeService;
  let get: A1111Client["get"];
  let post: A1111Client["post"];
  let made: A1111Client["made"];
  beforeEach(() => {
    ({ service, get, post, made } = new A1111Client());
  });

  it("gives the lists that clients ask for first", async () => {
    const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
    expect(names(await get("/sdapi/v1/samplers"))).toEqual(expect.arrayContaining(["Euler a", "DPM++ 2M", "DDIM"]));
    expect(names(await get("/sdapi/v1/schedulers"))).toEqual(expect.arrayContaining(["automatic", "karras"]));
    expect((await get("/sdapi/v1/sd-models"))[0]).toMatchObject({
      title: "emoji-128 [0123456789]",
      model_name: "emoji-128",
    });
    expect(names(await get("/sdapi/v1/upscalers"))).toEqual(["None", "Lanczos", "Bicubic", "Bilinear", "large"]);
    for (const list of ["latent-upscale-modes", "sd-vae", "loras", "prompt-styles", "hypernetworks"]) {
      expect(await get(`/sdapi/v1/${list}`)).toEqual([]);
    }
    expect(await get("/sdapi/v1/embeddings")).toEqual({ loaded: {}, skipped: {} });
    expect(await get("/sdapi/v1/scripts")).toEqual({ txt2img: [], img2img: [] });
    expect(Object.keys(await get("/sdapi/v1/memory"))).toEqual(["ram", "cuda"]);
    expect(await get("/sdapi/v1/cmd-flags")).toMatchObject({ api: true });
    expect(await (await post("/sdapi/v1/refresh-checkpoints")).json()).toBe(null);
  });

  it("keeps settings", async () => {
    expect(await (await post("/sdapi/v1/options", { samples_format: "webp", other: 1 })).json()).toBe(null);
    expect(await get("/sdapi/v1/options")).toMatchObject({
      sd_model_checkpoint: "emoji-128 [0123456789]",
      samples_format: "webp",
      CLIP_stop_at_last_layers: 1,
    });
    expect((await post("/sdapi/v1/options", { sd_model_checkpoint: "none" })).status).toBe(404);
  });

  it("reads the texts in a picture", async () => {
    const { images, info } = await made("txt2img", { prompt: "a fox", negative_prompt: "grey", seed: 2 });
    const told = await (await post("/sdapi/v1/png-info", { image: images[0] })).json();
    expect(told.info).toBe(info.infotexts[0]);
    expect(told.items).toEqual({ seed: "2", model_hash: MODEL.hash });
    expect(told.parameters).toMatchObject({ Prompt: "a fox", "Negative prompt": "grey", Steps: "20", "Size-1": "128" });
    const bare = await (await post("/sdapi/v1/png-info", { image: await png64(2, 2) })).json();
    expect(bare).toEqual({ info: "", items: {}, parameters: {} });
  });

  it("enlarges pictures by filters and by models", async () => {
    const sizeAfter = async (fields: Record<string, unknown>) => {
      const response = await post("/sdapi/v1/extra-single-image", { image: await png64(64, 32), ...fields });
      const { image, html_info } = await response.json();
      const { width, height } = await readImage(Uint8Array.fromBase64(image));
      return [width, height, html_info];
    };
    expect(await sizeAfter({ upscaler_1: "Lanczos", upscaling_resize: 3 })).toEqual([192, 96, ""]);
    const sized = { upscaler_1: "Bicubic", resize_mode: 1, upscaling_resize_w: 50, upscaling_resize_h: 50 };
    expect(await sizeAfter(sized)).toEqual([50, 50, ""]);
    expect(await sizeAfter({ ...sized, upscaling_crop: false })).toEqual([100, 50, ""]);
    expect(await sizeAfter({})).toEqual([64, 32, ""]);
    expect(service.fake.requests).toEqual([]);
    const square = { image: await png64(64, 64), upscaler_1: "large", upscaling_resize: 4 };
    expect(await sizeAfter(square)).toEqual([256, 256, ""]);
    expect(service.fake.requests).toMatchObject([{ task: "super-resolution", model: "large", width: 128 }]);
  });
});
