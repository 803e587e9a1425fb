import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { digestOf, newKey } from "../routes/auth/api_key.ts";
import { FakeService, JSON_TYPE } from "./fakes/fake_service.ts";

describe("AUTOMATIC1111's API, refusals", () => {
  let service: FakeService;
  beforeEach(() => void (service = new FakeService()));
  const post = (path: string, body: unknown = {}, headers = JSON_TYPE) =>
    service.send(path, { method: "POST", headers, body: JSON.stringify(body) });

  const exceptions: readonly (readonly [string, unknown, number, string])[] = [
    ["txt2img", { prompt: "x", sampler_name: "Restart" }, 404, "Sampler not found"],
    ["txt2img", { prompt: "x", sampler_name: "Euler", scheduler: "KL Optimal" }, 404, "Scheduler not found"],
    ["txt2img", { prompt: "x", script_name: "X/Y" }, 422, "Script 'X/Y' not found"],
    ["txt2img", { prompt: "x", alwayson_scripts: { A: {} } }, 422, "always on script A not found"],
    ["txt2img", { prompt: "x", override_settings: { sd_model_checkpoint: "y" } }, 404, "Unknown checkpoint: y"],
    ["img2img", { prompt: "x" }, 404, "Init image not found"],
    ["img2img", { prompt: "x", init_images: ["?"] }, 422, "Invalid encoded image"],
    ["png-info", { image: "" }, 422, "Invalid encoded image"],
    ["extra-single-image", { image: "", upscaler_1: "LDSR" }, 404, "Upscaler not found: LDSR"],
  ];
  for (const [path, body, status, detail] of exceptions) {
    it(`answers ${path} ${JSON.stringify(body)} as an exception`, async () => {
      const response = await post(`/sdapi/v1/${path}`, body);
      expect([response.status, await response.json()]).toEqual([
        status,
        { error: "HTTPException", detail: expect.stringContaining(detail), body: "", errors: "" },
      ]);
    });
  }

  const wrong: readonly (readonly [Record<string, unknown>, string, string])[] = [
    [{ width: 500 }, "width", "nearest is 256"],
    [{ steps: 0 }, "steps", "steps is 0"],
    [{ cfg_scale: "7" }, "cfg_scale", 'cfg_scale is "7"'],
    [{ cfg_scale: 200 }, "cfg_scale", "cfg_scale is 200"],
    [{ enable_hr: true }, "enable_hr", "must be false"],
    [{ restore_faces: true }, "restore_faces", "must be false"],
    [{ tiling: true }, "tiling", "must be false"],
    [{ styles: ["a"] }, "styles", "must be empty"],
    [{ refiner_checkpoint: "a" }, "refiner_checkpoint", "must be empty"],
    [{ s_churn: 1 }, "s_churn", "must be 0"],
  ];
  for (const [fields, name, message] of wrong) {
    it(`tells what is wrong with ${JSON.stringify(fields)}`, async () => {
      const response = await post("/sdapi/v1/txt2img", { prompt: "x", ...fields });
      const { detail } = await response.json();
      expect([response.status, detail[0].loc]).toEqual([422, ["body", name]]);
      expect(detail[0].msg).toContain(message);
      expect(service.fake.requests).toEqual([]);
    });
  }

  for (
    const [fields, name, message] of [
      [{ inpaint_full_res: "yes" }, "inpaint_full_res", "must be true or false"],
      [{ inpaint_full_res_padding: -1 }, "inpaint_full_res_padding", "must be a whole number from 0 to 4096"],
      [{ inpaint_full_res_padding: 0.5 }, "inpaint_full_res_padding", "must be a whole number from 0 to 4096"],
      [{ inpaint_full_res_padding: 5000 }, "inpaint_full_res_padding", "must be a whole number from 0 to 4096"],
    ] as const
  ) {
    it(`tells what is wrong with ${JSON.stringify(fields)} of img2img`, async () => {
      const response = await post("/sdapi/v1/img2img", { prompt: "x", init_images: ["x"], mask: "x", ...fields });
      const { detail } = await response.json();
      expect([response.status, detail[0].loc]).toEqual([422, ["body", name]]);
      expect(detail[0].msg).toContain(message);
    });
  }

  it("takes an empty prompt, as there", async () => {
    expect((await post("/sdapi/v1/txt2img", { prompt: "" })).status).toBe(200);
    expect((await post("/sdapi/v1/txt2img", {})).status).toBe(200);
    expect(service.fake.requests).toMatchObject([{ prompt: "" }, { prompt: "" }]);
  });

  it("takes JSON whatever it is called, and refuses what is none", async () => {
    const plain = await post("/sdapi/v1/txt2img", { prompt: "x" }, { "content-type": "text/plain" });
    expect(plain.status).toBe(200);
    const broken = await service.send("/sdapi/v1/txt2img", { method: "POST", body: "{", headers: JSON_TYPE });
    expect([broken.status, (await broken.json()).detail[0].type]).toEqual([422, "json_invalid"]);
  });

  it("interrupts nobody else's work, nor tells of it", async () => {
    const [alice, bob] = [newKey(), newKey()];
    const keys = Object.entries({ alice, bob }).map(([name, key]) => ({ name, sha256: digestOf(key), limits: {} }));
    service = new FakeService({ keys: () => keys });
    service.fake.stepTime = 2;
    const as = (key: string) => ({ ...JSON_TYPE, authorization: `Basic ${btoa(`anyone:${key}`)}` });
    const work = post("/sdapi/v1/txt2img", { prompt: "x", steps: 30 }, as(alice));
    while (service.fake.steps === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    const told = await service.send("/sdapi/v1/progress", { headers: as(bob) });
    expect((await told.json()).progress).toBe(0);
    await post("/sdapi/v1/interrupt", {}, as(bob));
    const { info } = await (await work).json();
    expect(JSON.parse(info).extra_generation_params).not.toHaveProperty("Interrupted");
    expect(service.fake.steps).toBe(30);
  });
});
