import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { parseParameters, readPictureInfo } from "../pipeline/images/read/picture_info.ts";
import { readImage } from "../pipeline/images/read/read_image.ts";
import { A1111Client, png64 } from "./fakes/clients/a1111_client.ts";
import type { FakeService } from "./fakes/fake_service.ts";
import { MODEL } from "./fakes/models.ts";

describe("AUTOMATIC1111's API", () => {
  let service: FakeService;
  let get: A1111Client["get"];
  let post: A1111Client["post"];
  let made: A1111Client["made"];
  beforeEach(() => {
    ({ service, get, post, made } = new A1111Client());
  });
  const until = async (holds: () => Promise<boolean>) => {
    while (!await holds()) await new Promise((resolve) => setTimeout(resolve, 2));
  };

  it("makes pictures from a prompt, and tells everything of them", async () => {
    const { status, images, info, parameters } = await made("txt2img", {
      prompt: "a red apple",
      negative_prompt: "blurry",
      seed: 5,
      steps: 4,
      cfg_scale: 3,
      width: 64,
      height: 96,
      batch_size: 2,
      n_iter: 2,
      sampler_name: "DPM++ 2M",
      scheduler: "Karras",
      an_extension: { of: "somebody" },
    });
    expect([status, images.length]).toEqual([200, 4]);
    expect(service.fake.requests).toMatchObject([
      { scheduler: "dpmpp_2m_karras", seed: 5, count: 4, guidance: 3, width: 64, height: 96, rng: "torch" },
    ]);
    expect(info).toMatchObject({
      prompt: "a red apple",
      negative_prompt: "blurry",
      all_prompts: Array(4).fill("a red apple"),
      seed: 5,
      all_seeds: [5, 6, 7, 8],
      width: 64,
      height: 96,
      sampler_name: "DPM++ 2M",
      cfg_scale: 3,
      steps: 4,
      sd_model_name: MODEL.name,
      sd_model_hash: MODEL.hash,
      denoising_strength: null,
    });
    expect(Object.keys(info)).toEqual(expect.arrayContaining(INFO));
    expect(parameters).toMatchObject({ prompt: "a red apple", batch_size: 2, n_iter: 2 });
    const second = Uint8Array.fromBase64(images[1]);
    expect(readPictureInfo(second).get("parameters")).toBe(info.infotexts[1]);
    const { fields } = parseParameters(info.infotexts[1]);
    expect([fields.get("Sampler"), fields.get("Schedule type"), fields.get("Seed")]).toEqual([
      "DPM++ 2M",
      "Karras",
      "6",
    ]);
  });

  it("fills what is left open with the model's defaults, and draws seeds", async () => {
    for (const seed of [-1, null, undefined]) await made("txt2img", { prompt: "x", seed });
    expect(service.fake.requests[0]).toMatchObject({ ...SIZE, steps: 20, guidance: 4, scheduler: "ddim" });
    expect(new Set(service.fake.requests.map(({ seed }) => seed)).size).toBe(3);
  });
  const SIZE = { width: MODEL.defaults.width, height: MODEL.defaults.height };

  it("blends seeds, and takes settings for one request", async () => {
    const { info, images } = await made("txt2img", {
      prompt: "x",
      seed: 1,
      subseed: 9,
      subseed_strength: 0.5,
      override_settings: { randn_source: "NV", samples_format: "jpg" },
    });
    expect(service.fake.requests).toMatchObject([{ seed_to: 9, blend: 0.5, rng: "philox" }]);
    expect([info.subseed, info.subseed_strength]).toEqual([9, 0.5]);
    expect([...Uint8Array.fromBase64(images[0]).subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
  });

  it("starts from a picture, and makes anew what is white in the mask", async () => {
    const init_images = [`data:image/png;base64,${await png64(64, 64)}`];
    await made("img2img", { prompt: "x", init_images });
    expect(service.fake.requests[0]).toMatchObject({ task: "image-to-image", strength: 0.75, width: 64, height: 64 });
    const mask = await png64(64, 64, 0xffffff);
    const masked = { prompt: "x", init_images, mask, inpainting_fill: 1, inpaint_full_res: false };
    const { parameters } = await made("img2img", { ...masked, denoising_strength: 0.5 });
    expect([parameters.init_images, parameters.mask]).toEqual([null, null]);
    const [, white] = service.fake.requests;
    expect(white).toMatchObject({ task: "inpainting", strength: 0.5 });
    expect(white!.task === "inpainting" && white!.mask.data.every((value) => value === 255)).toBe(true);
    const inverted = await post("/sdapi/v1/img2img", { ...masked, inpainting_mask_invert: 1 });
    expect([inverted.status, (await inverted.json()).detail[0].msg]).toEqual([
      422,
      expect.stringContaining("mask is black"),
    ]);
  });

  it("works on the part around the mask, in a picture of any size", async () => {
    const init_images = [await png64(200, 150)];
    const mask = await png64(200, 150, 0xffffff);
    const own = { prompt: "x", init_images, mask, width: 64, height: 64 };
    await made("img2img", own);
    await made("img2img", { ...own, inpaint_full_res: true, inpaint_full_res_padding: 8 });
    const [first, second] = service.fake.requests;
    for (const request of [first, second]) {
      expect(request).toMatchObject({
        task: "inpainting",
        width: 64,
        height: 64,
        paste: { image: { width: 200, height: 150 } },
      });
    }
    await made("img2img", { ...own, inpaint_full_res: false });
    expect(service.fake.requests[2]).not.toHaveProperty("paste");
  });

  it("tells of the work under way with previews, and ends it with what there is", async () => {
    service.fake.stepTime = 5;
    expect(await get("/sdapi/v1/progress")).toEqual(IDLE);
    const answer = made("txt2img", { prompt: "x", steps: 900, seed: 3, force_task_id: "task(1)" });
    await until(async () => (await get("/sdapi/v1/progress?skip_current_image=true")).state.sampling_step > 0);
    const busy = await get("/sdapi/v1/progress");
    expect(Object.keys(busy)).toEqual(Object.keys(IDLE));
    expect(Object.keys(busy.state)).toEqual(Object.keys(IDLE.state));
    expect(busy.progress).toBeGreaterThanOrEqual(0.01);
    expect(busy.state).toMatchObject({ job_count: 1, sampling_steps: 900 });
    const task = await (await post("/internal/progress", { id_task: "task(1)" })).json();
    expect(task).toMatchObject({ active: true, queued: false, completed: false });
    await until(async () => (await get("/sdapi/v1/progress")).current_image !== null);
    const { current_image } = await get("/sdapi/v1/progress");
    expect((await readImage(Uint8Array.fromBase64(current_image))).width).toBe(SIZE.width);
    expect(await (await post("/sdapi/v1/interrupt")).json()).toEqual({});
    const { status, images, info } = await answer;
    expect([status, images.length, info.all_seeds]).toEqual([200, 1, [3]]);
    expect(info.extra_generation_params.Interrupted).toMatch(/^step \d+ of 900$/);
    expect(await get("/sdapi/v1/progress")).toEqual(IDLE);
    const ended = await (await post("/internal/progress", { id_task: "task(1)" })).json();
    expect(ended).toMatchObject({ active: false, completed: true });
    const unknown = await (await post("/internal/progress", { id_task: "task(2)" })).json();
    expect(unknown).toMatchObject({ active: false, queued: false, completed: false });
  });

  it("answers skip and interrupt in JSON where nothing runs, and leaves other dialects' work alone", async () => {
    service.fake.stepTime = 2;
    const other = service.post(JSON.stringify({ prompt: "x", steps: 20 }));
    await until(() => Promise.resolve(service.fake.steps > 0));
    expect(await (await post("/sdapi/v1/skip")).json()).toBe(null);
    expect(await (await post("/sdapi/v1/interrupt")).json()).toEqual({});
    expect((await other).status).toBe(200);
    await (await other).bytes();
  });

  const IDLE = {
    progress: 0,
    eta_relative: 0,
    state: {
      skipped: false,
      interrupted: false,
      stopping_generation: false,
      job: "",
      job_count: 0,
      job_timestamp: "0",
      job_no: 0,
      sampling_step: 0,
      sampling_steps: 0,
    },
    current_image: null,
    textinfo: null,
  };
  const INFO = [
    ...["all_negative_prompts", "subseed", "all_subseeds", "subseed_strength", "batch_size", "restore_faces"],
    ...["face_restoration_model", "sd_vae_name", "sd_vae_hash", "seed_resize_from_w", "seed_resize_from_h"],
    ...["extra_generation_params", "index_of_first_image", "infotexts", "styles", "job_timestamp", "clip_skip"],
    ...["is_using_inpainting_conditioning", "version"],
  ];
});
