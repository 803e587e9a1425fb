import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { StorageError } from "../../pipeline/jobs/job_errors.ts";
import { JobStore } from "../../pipeline/jobs/store/job_store.ts";
import { openDatabase } from "../../pipeline/jobs/store/state_folder.ts";
import { NonFiniteError } from "../../pipeline/images/non_finite_error.ts";
import { digestOf } from "../../routes/auth/api_key.ts";
import { FakeGenerate } from "../fakes/fake_generate.ts";
import { fakeJobs, MemoryPictures } from "../fakes/fake_jobs.ts";
import { FakeService, JSON_TYPE } from "../fakes/fake_service.ts";
import { GOOD } from "./bad_input.ts";

const ANN = "latentd_of-ann-0123456789";
const BOB = "latentd_of-bob-0123456789";
const KEYS = [["ann", ANN], ["bob", BOB]].map(([name, key]) => ({ name: name!, sha256: digestOf(key!), limits: {} }));
/** A request for a picture in each of the three APIs. */
const ASKED = ["/v1/generate", "/v1/images/generations", "/sdapi/v1/txt2img"];

const post = (service: FakeService, path: string, body = GOOD, headers: Record<string, string> = {}) =>
  service.send(path, { method: "POST", headers: { ...JSON_TYPE, ...headers }, body });

describe("bad inputs, jobs", () => {
  it("row 24: the same Idempotency-Key with another body: 409 idempotency_conflict, not to be tried again", async () => {
    const service = new FakeService();
    const key = { "idempotency-key": "order-66" };
    expect((await post(service, "/v1/jobs", '{"prompt":"x","steps":1,"seed":1}', key)).status).toBe(202);
    const other = await post(service, "/v1/jobs", '{"prompt":"x","steps":1,"seed":2}', key);
    expect([other.status, other.headers.get("x-should-retry")]).toEqual([409, "false"]);
    expect((await other.json()).error.code).toBe("idempotency_conflict");
    await service.jobs.quiet();
    expect(service.fake.requests.map(({ seed }) => seed)).toEqual([1]);
  });

  it("row 25: the job of another key: 404; canceled twice: 200; canceled at its end: 409 already_finished", async () => {
    const service = new FakeService({ keys: () => KEYS });
    const as = (key: string) => ({ authorization: `Bearer ${key}` });
    const begin = async (body: string) => (await (await post(service, "/v1/jobs", body, as(ANN))).json()).id;
    const ask = async (method: string, path: string, key: string) => {
      const answer = await service.send(`/v1/jobs/${path}`, { method, headers: as(key) });
      const { state, error } = await answer.json();
      return [answer.status, state ?? error.code];
    };
    service.fake.stepTime = 5;
    const long = await begin('{"prompt":"x","steps":1000}');
    for (const path of [long, `${long}/events`, `${long}/image`]) {
      expect(await ask("GET", path, BOB)).toEqual([404, "job_not_found"]);
    }
    expect(await ask("DELETE", long, BOB)).toEqual([404, "job_not_found"]);
    for (let i = 0; i < 2; i++) expect(await ask("DELETE", long, ANN)).toEqual([200, "canceled"]);
    const short = await begin('{"prompt":"x","steps":1}');
    await service.jobs.quiet();
    expect(await ask("DELETE", short, ANN)).toEqual([409, "already_finished"]);
  });

  for (const path of ASKED) {
    for (const [state, code] of [["loading", "model_loading"], ["draining", "server_draining"]] as const) {
      it(`row 26: ${path} while the server is ${state}: 503 ${code}, with when to come back`, async () => {
        const service = new FakeService({ state: () => state });
        const answer = await post(service, path);
        expect([answer.status, Number(answer.headers.get("retry-after")) > 0]).toEqual([503, true]);
        expect(answer.headers.get("x-should-retry")).toBe("true");
        if (path.startsWith("/v1")) expect((await answer.json()).error.code).toBe(code);
        expect(service.fake.requests).toEqual([]);
      });
    }

    it(`row 26: ${path} when the queue is full: 429, with when to come back`, async () => {
      const fake = new FakeGenerate();
      const service = new FakeService({ jobs: fakeJobs(fake.generate, { limit: 0 }) });
      fake.stepTime = 50;
      const running = service.post('{"prompt":"x","steps":3}');
      while (fake.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      const answer = await post(service, path);
      expect([answer.status, Number(answer.headers.get("retry-after")) > 0]).toEqual([429, true]);
      expect((await running).status).toBe(200);
    });

    it(`row 27: ${path} where the model gives NaN, or memory ends: 500 or 503, not to be tried again`, async () => {
      const causes = [
        [new NonFiniteError("Picture 0 is NaN at channel 0, row 0, column 0"), "non_finite_output", 500],
        [new RangeError("Array buffer allocation failed"), "out_of_memory", 503],
        [new Error("Graph /m/unet could not be loaded", { cause: new Error("std::bad_alloc") }), "out_of_memory", 503],
        [new Error("Failed to allocate memory for requested buffer of size 67108864"), "out_of_memory", 503],
        [new RangeError("Index 7 at 0x7f00 is out of bounds"), "internal_error", 500],
      ] as const;
      for (const [error, code, status] of causes) {
        const service = new FakeService();
        service.fake.failure = { after: 1, error };
        const answer = await post(service, path);
        expect([answer.status, answer.headers.get("x-should-retry")]).toEqual([status, "false"]);
        const text = await answer.text();
        expect(text).not.toMatch(/allocat|bad_alloc|0x7f00|unet/);
        if (path.startsWith("/v1")) expect(JSON.parse(text).error.code).toBe(code);
        expect(service.failures).toEqual([error]);
      }
    });
  }

  it("row 30: a disk that is full: the job fails with storage_error, its picture is not kept, the log has the cause", async () => {
    const cause = Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
    const pictures = new MemoryPictures();
    pictures.write = () => Promise.reject(new StorageError("The picture could not be written", { cause }));
    const failures: unknown[] = [];
    const jobs = fakeJobs(new FakeGenerate().generate, {
      store: new JobStore(openDatabase(":memory:"), pictures),
      onFailure: (error) => void failures.push(error),
    });
    const service = new FakeService({ jobs });
    const { id } = await (await post(service, "/v1/jobs")).json();
    await jobs.quiet();
    const job = await (await service.send(`/v1/jobs/${id}`)).json();
    expect([job.state, pictures.files.size]).toEqual(["failed", 0]);
    expect(JSON.stringify(job.error)).toContain("storage_error");
    expect(JSON.stringify(job)).not.toContain("os error");
    expect(failures).toMatchObject([{ name: "StorageError", cause: { code: "ENOSPC" } }]);
    // What needs no disk goes on.
    expect((await service.post(GOOD)).status).toBe(200);
  });
});
