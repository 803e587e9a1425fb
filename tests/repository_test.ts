import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { type ApiKey, digestOf } from "../routes/auth/api_key.ts";
import type { ServiceState } from "../routes/service.ts";
import { DeviceLostError } from "../runtime/device_lost_error.ts";
import { FakeService, JSON_TYPE } from "./fakes/fake_service.ts";
import { MODEL } from "./fakes/models.ts";

const OTHER = { ...MODEL, name: "other", hash: "abcdef0123", folder: "/models/other", maxClipSkip: 2 };
const FIXED = { ...OTHER, name: "fixed", fixedSize: { width: 48, height: 32 } };
const KEY = "latentd_0123456789abcdef";
const keyOf = (name: string, rights: Partial<ApiKey> = {}): ApiKey => ({
  name,
  sha256: digestOf(`${KEY}${name}`),
  limits: {},
  ...rights,
});
const bearer = (name: string) => ({ authorization: `Bearer ${KEY}${name}` });

describe("models over HTTP", () => {
  let service: FakeService;
  let state: ServiceState;

  beforeEach(() => {
    state = "ready";
    service = new FakeService({ models: [MODEL, OTHER, FIXED], state: () => state });
  });

  const get = async (path: string) => await (await service.send(path)).json();
  const post = (path: string, body?: unknown, headers: Record<string, string> = JSON_TYPE) =>
    service.send(path, {
      method: "POST",
      ...(body === undefined ? { headers } : { headers, body: JSON.stringify(body) }),
    });
  const repository = (path: string, body?: unknown, headers?: Record<string, string>) =>
    post(`/v2/repository/${path}`, body, headers);
  const loaded = async () =>
    (await get("/v1/models")).data.filter((model: { loaded: boolean }) => model.loaded)
      .map(({ id }: { id: string }) => id);

  it("are told by KServe's protocol, server and health too", async () => {
    expect(await get("/v2")).toEqual({ name: "latentd", version: "9.9.9", extensions: ["model_repository"] });
    expect(await get("/v2/health/live")).toEqual({ live: true });
    expect(await get("/v2/health/ready")).toEqual({ ready: true });
    expect(await get("/health")).toEqual({ status: "ok" });
    expect(await get("/v2/models/other")).toEqual({
      name: "other",
      versions: ["abcdef0123"],
      platform: "latentd_onnx",
      inputs: [],
      outputs: [],
    });
    await service.refusal(await service.send("/v2/models/none"), 404, "model_not_found");
    for (const now of ["loading", "device_lost", "draining"] as const) {
      state = now;
      expect((await service.send("/v2/health/live")).status).toBe(200);
      for (const path of ["/readyz", "/health", "/v2/health/ready", "/v2/models/other/ready"]) {
        expect([now, path, (await service.send(path)).status]).toEqual([now, path, 503]);
      }
    }
  });

  it("are loaded and unloaded, and the list tells", async () => {
    expect(await (await repository("index")).json()).toEqual(
      [MODEL, OTHER, FIXED].map(({ name, hash }) => ({
        name,
        version: hash,
        state: "UNAVAILABLE",
        reason: "unloaded",
      })),
    );
    const unready = await service.send("/v2/models/other/ready");
    await service.refusal(unready, 503, "model_not_loaded");
    const answer = await repository("models/other/load", { parameters: {} });
    expect([answer.status, await answer.json(), await loaded()]).toEqual([200, {}, ["other"]]);
    expect(await get("/v2/models/other/ready")).toEqual({ name: "other", ready: true });
    expect(await (await repository("index", { ready: true })).json()).toEqual([
      { name: "other", version: "abcdef0123", state: "READY", reason: "" },
    ]);
    expect((await repository("models/other/unload", { parameters: { unload_dependents: false } })).status).toBe(200);
    expect(await loaded()).toEqual([]);
    expect(service.generators.log).toEqual(["open other abcdef0123", "close other abcdef0123"]);
  });

  it("say what only some of them have", async () => {
    const { data } = await get("/v1/models");
    expect(data.map(({ max_clip_skip, fixed_size }: Record<string, unknown>) => [max_clip_skip, fixed_size])).toEqual([
      [undefined, undefined],
      [2, undefined],
      [2, { width: 48, height: 32 }],
    ]);
  });

  it("that cannot be loaded are answered with what is wrong, without paths", async () => {
    service.generators.obstacles.set("other", new Error("/models/other/unet/model.onnx has 3 bytes; it must have 4"));
    const { detail } = await service.refusal(await repository("models/other/load"), 503, "model_unavailable");
    expect(detail).toBe("model other cannot be loaded: unet/model.onnx has 3 bytes; it must have 4");
    await service.refusal(await repository("models/none/load"), 404, "model_not_found");
    await service.refusal(await repository("models/none/unload"), 404, "model_not_found");
    // AUTOMATIC1111's clients and those who only want pictures are not told.
    const { sd_model_checkpoint } = await get("/sdapi/v1/options");
    expect(sd_model_checkpoint).toBe("emoji-128 [0123456789]");
    await post("/sdapi/v1/options", { sd_model_checkpoint: "other" });
    const reload = await post("/sdapi/v1/reload-checkpoint");
    expect([reload.status, (await reload.json()).detail]).toEqual([
      503,
      "The model cannot be loaded; the server's log tells why",
    ]);
  });

  it("refuse files and configs of the client's", async () => {
    for (const body of ["", "{}"]) {
      expect((await service.send("/v2/repository/index", { method: "POST", body })).status).toBe(200);
    }
    for (const parameters of [{ config: "{}" }, { "file:1/model.onnx": "AA==" }, "x", []]) {
      const response = await repository("models/other/load", { parameters });
      expect([response.status, await loaded()]).toEqual([400, []]);
    }
  });

  it("are chosen, unloaded, loaded and looked for again in AUTOMATIC1111's words", async () => {
    await post("/sdapi/v1/options", { sd_model_checkpoint: "other [abcdef0123]" });
    expect(await (await post("/sdapi/v1/reload-checkpoint")).json()).toEqual({});
    expect(await loaded()).toEqual(["other"]);
    expect(await (await post("/sdapi/v1/unload-checkpoint")).json()).toEqual({});
    expect(await loaded()).toEqual([]);
    expect(await (await post("/sdapi/v1/refresh-checkpoints")).json()).toBe(null);
  });

  it("are loaded and unloaded by keys with that right, and the list is for everyone", async () => {
    service = new FakeService({ keys: () => [keyOf("alice"), keyOf("root", { isAdmin: true })] });
    const model = `models/${MODEL.name}`;
    for (const path of [`/v2/repository/${model}/load`, `/v2/repository/${model}/unload`]) {
      const refused = await post(path, undefined, bearer("alice"));
      const { detail } = await service.refusal(refused, 403, "admin_required");
      expect(detail).toBe("The key of alice may not load or unload models; it must be made with --admin");
      expect((await post(path, undefined, bearer("root"))).status).toBe(200);
    }
    for (const path of ["/sdapi/v1/unload-checkpoint", "/sdapi/v1/reload-checkpoint"]) {
      expect((await post(path, undefined, bearer("alice"))).status).toBe(403);
      expect((await post(path, undefined, bearer("root"))).status).toBe(200);
    }
    expect((await repository("index", undefined, bearer("alice"))).status).toBe(200);
    expect((await post("/sdapi/v1/refresh-checkpoints", undefined, bearer("alice"))).status).toBe(200);
    const open = new FakeService({ admin: false });
    const refused = await open.send(`/v2/repository/${model}/load`, { method: "POST" });
    await open.refusal(refused, 403, "admin_required");
  });

  it("whose device is lost answer 503 with Retry-After, the job under way once", async () => {
    service.fake.failure = { after: 1, error: new DeviceLostError("/dev/dri/renderD128 is gone") };
    const lost = await service.post('{"prompt":"x","steps":2}');
    expect([lost.status, lost.headers.get("retry-after"), lost.headers.get("x-should-retry")]).toEqual([
      503,
      "5",
      "true",
    ]);
    const { error } = await lost.json();
    expect(error).toEqual({
      message: "The device was lost while this ran; it is being opened again, so ask again in a moment",
      type: "unavailable_error",
      param: null,
      code: "device_lost",
    });
    service.fake.requests.length = 0;
    state = "device_lost";
    await service.refusal(await service.post('{"prompt":"x"}'), 503, "device_lost");
  });
});
