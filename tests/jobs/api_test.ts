import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { decode } from "fast-png";
import { DeadlineExceededError } from "../../pipeline/jobs/job_errors.ts";
import { JobSchema, JobsSchema } from "../../routes/jobs/job_json.ts";
import { ProblemSchema } from "../../routes/answers/problem.ts";
import { FakeService, JSON_TYPE } from "../fakes/fake_service.ts";
import { fakeJobs } from "../fakes/fake_jobs.ts";
import { type Told, toldBy } from "../fakes/clients/read_events.ts";

describe("HTTP API of jobs", () => {
  let service: FakeService;

  beforeEach(() => {
    service = new FakeService({ keepAlive: 5 });
  });

  const ask = { prompt: "x", width: 64, height: 64, seed: 7, steps: 4 };
  const post = (body: Record<string, unknown> = {}, headers = {}) =>
    service.send("/v1/jobs", {
      method: "POST",
      headers: { ...JSON_TYPE, ...headers },
      body: JSON.stringify({ ...ask, ...body }),
    });
  const put = (id: string, body: Record<string, unknown> = {}) =>
    service.send(`/v1/jobs/${id}`, { method: "PUT", headers: JSON_TYPE, body: JSON.stringify({ ...ask, ...body }) });
  const jobIn = async (response: Response) => JobSchema.strict().parse(await response.json());
  const get = async (id: string) => await jobIn(await service.send(`/v1/jobs/${id}`));
  const events = async (id: string, query = "", headers = {}): Promise<readonly Told[]> =>
    toldBy(await (await service.send(`/v1/jobs/${id}/events${query}`, { headers })).text());
  const begin = async (body: Record<string, unknown> = {}) => (await jobIn(await post(body))).id;
  const refusal = async (response: Response, status: number, code: string) => {
    expect(response.status).toBe(status);
    const problem = ProblemSchema.strict().parse(await response.json());
    expect(problem.error.code).toBe(code);
    return problem;
  };

  it("accepts a request at once, makes its pictures, and keeps them", async () => {
    service.fake.notice = "prompt was cut";
    const accepted = await post({ count: 2, previews: 0 });
    expect(accepted.status).toBe(202);
    const { id, url, state, request, images } = await jobIn(accepted);
    expect(accepted.headers.get("location")).toBe(url);
    expect(url).toBe(`/v1/jobs/${id}`);
    expect([state, request["seed"], images]).toEqual(["running", 7, []]);
    await events(id);
    const job = await get(id);
    expect(job).toMatchObject({ state: "succeeded", error: null, notices: ["prompt was cut"], timings: { text: 1.5 } });
    expect(job.images.map(({ index, seed }) => [index, seed])).toEqual([[0, 7], [1, 8]]);
    for (const { url, seed, bytes, sha256 } of job.images) {
      const answer = await service.send(url);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "image/png"]);
      expect(answer.headers.get("etag")).toBe(`"${sha256}"`);
      const file = await answer.bytes();
      const { data, text } = decode(file);
      expect([file.length, data[2], text["seed"]]).toEqual([bytes, seed, String(seed)]);
      expect((await service.send(url, { headers: { "if-none-match": `"${sha256}"` } })).status).toBe(304);
    }
  });

  it("gives the same picture as the call that waits for it, to the byte", async () => {
    const direct = await (await service.post(JSON.stringify(ask))).bytes();
    const id = await begin();
    await events(id);
    expect(await (await service.send(`/v1/jobs/${id}/image`)).bytes()).toEqual(direct);
  });

  it("tells what happens, and again from any event on", async () => {
    service.fake.stepTime = 1;
    const id = await begin({ previews: 1, count: 2 });
    const told = await events(id);
    const types = told.map(({ event }) => event);
    expect(types).toEqual([
      ...["queued", "started", "step", "step", "preview", "step", "step", "image", "image", "end"],
    ]);
    expect(told.map(({ id }) => id)).toEqual(told.map(({ id }) => id).toSorted((a, b) => a - b));
    expect(told[2]!.data).toEqual({ type: "step", images: [0, 1], step: 1, total: 4 });
    const { png } = told[4]!.data as { png: string };
    expect(decode(Uint8Array.fromBase64(png)).data[2]).toBe(2);
    expect(told[7]!.data).toEqual({ type: "image", index: 0, seed: 7, url: `/v1/jobs/${id}/image?index=0` });
    expect(told.at(-1)!.data).toEqual({ type: "end", state: "succeeded", error: null });
  });

  it("replays to readers that come back, live and after the end", async () => {
    service.fake.stepTime = 10;
    const id = await begin({ previews: 0, steps: 8 });
    const answer = await service.send(`/v1/jobs/${id}/events`);
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes('"step":3')) text += (await reader.read()).value;
    await reader.cancel();
    const first = toldBy(text.slice(0, text.lastIndexOf("\n\n") + 2));
    const last = first.at(-1)!.id;
    const rest = await events(id, "", { "last-event-id": String(last) });
    expect([...first, ...rest].map(({ event }) => event)).toEqual(
      ["queued", "started", ...Array(8).fill("step"), "image", "end"],
    );
    expect(await events(id, `?after=${last}`)).toEqual(rest.filter(({ event }) => event !== "step"));
    const over = await service.send(`/v1/jobs/${id}/events?after=${rest.at(-1)!.id}`);
    expect([over.status, await over.text()]).toEqual([204, ""]);
  });

  it("shows that it is still there while nothing happens", async () => {
    service.fake.stepTime = 40;
    const text = await (await service.send(`/v1/jobs/${await begin({ steps: 1 })}/events`)).text();
    expect(text.indexOf("\n: still there\n\n")).toBeGreaterThan(0);
    expect(text.indexOf("\n: still there\n\n")).toBeLessThan(text.indexOf("event: step"));
  });

  it("goes on when a reader of its events leaves", async () => {
    service.fake.stepTime = 5;
    const id = await begin();
    await (await service.send(`/v1/jobs/${id}/events`)).body!.cancel();
    await events(id);
    expect((await get(id)).state).toBe("succeeded");
  });

  it("makes nothing twice for the same key, and refuses it for another request", async () => {
    const key = { "idempotency-key": "order-66" };
    const answers = await Promise.all(Array.from({ length: 50 }, () => post({ seed: undefined }, key)));
    const ids = await Promise.all(answers.map(async (answer) => (await jobIn(answer)).id));
    expect(new Set(ids).size).toBe(1);
    expect(service.fake.requests).toHaveLength(1);
    const other = await post({ seed: 8 }, key);
    expect(other.headers.get("x-should-retry")).toBe("false");
    await refusal(other, 409, "idempotency_conflict");
    await refusal(await post({}, { "idempotency-key": "two words" }), 400, "invalid_value");
    await events(ids[0]!);
    expect((await post({ seed: undefined }, key)).status).toBe(200);
  });

  it("takes ids of the client's choice, and the same body under them in any order", async () => {
    const [first, second] = [await put("mine"), await put("mine", { seed: 7 })];
    expect([first.status, second.status, (await jobIn(second)).id]).toEqual([202, 202, "mine"]);
    const turned = JSON.stringify(Object.fromEntries(Object.entries(ask).reverse()));
    expect((await service.send("/v1/jobs/mine", { method: "PUT", headers: JSON_TYPE, body: turned })).status).toBe(202);
    await refusal(await put("mine", { seed: 8 }), 409, "idempotency_conflict");
    await refusal(await put("a.b"), 400, "invalid_value");
    expect(service.fake.requests).toHaveLength(1);
  });

  it("cancels what waits or runs, twice if asked, and not what has ended", async () => {
    service.fake.stepTime = 10;
    const [running, waiting] = [await begin({ steps: 1000 }), await begin()];
    const cancel = (id: string, query = "") => service.send(`/v1/jobs/${id}${query}`, { method: "DELETE" });
    for (const id of [waiting, running, running]) {
      const answer = await cancel(id);
      expect([answer.status, (await jobIn(answer)).state]).toEqual([200, "canceled"]);
    }
    expect((await events(running)).at(-1)!.data).toEqual({ type: "end", state: "canceled", error: null });
    service.fake.stepTime = 0;
    const done = await begin();
    await events(done);
    expect(service.fake.requests.map(({ steps }) => steps)).toEqual([1000, 4]);
    await refusal(await cancel(done), 409, "already_finished");
    await refusal(await cancel(done, "?forget=yes"), 400, "invalid_query");
    expect((await cancel(done, "?forget=true")).status).toBe(204);
    for (const path of ["", "/events", "/image"]) {
      await refusal(await service.send(`/v1/jobs/${done}${path}`), 404, "job_not_found");
    }
    await refusal(await cancel("never"), 404, "job_not_found");
  });

  it("lists what waits or runs, then what has ended, and the calls that wait for their answers", async () => {
    service.fake.stepTime = 5;
    const waited = service.post(JSON.stringify({ ...ask, steps: 8 }));
    while (service.fake.requests.length === 0) await new Promise((resolve) => setTimeout(resolve));
    const ids = [await begin(), await begin()];
    const list = async () => {
      const { data } = JobsSchema.strict().parse(await (await service.send("/v1/jobs")).json());
      return data.map(({ id, state, attached }) => ({ id, state, attached }));
    };
    expect(await list()).toEqual([
      { id: expect.any(String), state: "running", attached: true },
      ...ids.map((id) => ({ id, state: "queued", attached: false })),
    ]);
    await (await waited).bytes();
    await events(ids[1]!);
    expect(await list()).toEqual(ids.toReversed().map((id) => ({ id, state: "succeeded", attached: false })));
  });

  it("says why there is no picture", async () => {
    service.fake.stepTime = 10;
    const id = await begin();
    const early = await service.send(`/v1/jobs/${id}/image`);
    expect(early.headers.get("retry-after")).toBe("1");
    await refusal(early, 409, "image_not_ready");
    await refusal(await service.send(`/v1/jobs/${id}/image?index=1`), 404, "image_not_found");
    await refusal(await service.send(`/v1/jobs/${id}/image?index=-1`), 400, "invalid_query");
    await service.send(`/v1/jobs/${id}`, { method: "DELETE" });
    const { detail } = await refusal(await service.send(`/v1/jobs/${id}/image`), 404, "image_not_found");
    expect(detail).toBe("Picture 0 of this job is not there; the job's state is canceled");
  });

  it("tells failures as problems, without what is not meant for clients", async () => {
    service.fake.failure = { after: 2, error: new Error("Device was lost at /dev/dri") };
    const id = await begin();
    const [end] = (await events(id)).slice(-1);
    const job = await get(id);
    expect(job).toMatchObject({
      state: "failed",
      error: { status: 500, error: { code: "internal_error" }, instance: id },
    });
    expect(end!.data["error"]).toEqual(job.error);
    expect(JSON.stringify(job)).not.toContain("dri");
    expect(service.failures).toEqual([service.fake.failure.error]);
  });

  it("refuses wrong requests, priorities and timeouts in the words of every other route", async () => {
    for (
      const [body, code, param] of [
        [{ steps: 0 }, "out_of_range", "steps"],
        [{ priority: 10 }, "out_of_range", "priority"],
        [{ timeout: 0 }, "out_of_range", "timeout"],
        [{ timeout: "soon" }, "invalid_type", "timeout"],
        [{ timeout: 7200 }, "out_of_range", "timeout"],
        [{ colour: "red" }, "unknown_parameter", "colour"],
      ] as const
    ) {
      const problem = await refusal(await post(body), 400, code);
      expect(problem.error.param).toBe(param);
    }
    await refusal(
      await service.send("/v1/jobs", { method: "POST", headers: JSON_TYPE, body: "[]" }),
      400,
      "invalid_type",
    );
    expect(service.fake.requests).toEqual([]);
    for (const method of ["PATCH", "POST"]) {
      const answer = await service.send("/v1/jobs/some", { method });
      expect(answer.headers.get("allow")!.split(", ").sort()).toEqual(["DELETE", "GET", "PUT"]);
      await refusal(answer, 405, "method_not_allowed");
    }
  });

  it("expires jobs at their timeout, 504 for those who wait for the answer", async () => {
    const { fake } = service;
    fake.stepTime = 20;
    service = new FakeService({ jobs: fakeJobs(fake.generate, { maxTime: 50 }) });
    await refusal(await service.post(JSON.stringify({ ...ask, steps: 1000 })), 504, "deadline_exceeded");
    const id = await begin({ steps: 1000 });
    expect((await events(id)).at(-1)!.data).toEqual({ type: "end", state: "expired", error: null });
    expect((await get(id)).state).toBe("expired");
  });

  it("waits for an answer no longer than its client prefers, and frees the device", async () => {
    service.fake.stepTime = 100;
    const headers = { ...JSON_TYPE, prefer: "respond-async, wait=1" };
    await refusal(await service.post(JSON.stringify({ ...ask, steps: 1000 }), headers), 504, "deadline_exceeded");
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(service.fake.aborted).toBeInstanceOf(DeadlineExceededError);
    expect(service.fake.steps).toBeLessThan(15);
  });

  it("takes forms with numbers as text", async () => {
    const body = new FormData();
    for (const [name, value] of Object.entries({ ...ask, priority: 3, timeout: 60 })) body.set(name, String(value));
    const job = await jobIn(await service.send("/v1/jobs", { method: "POST", body }));
    expect([job.priority, job.request["steps"]]).toEqual([3, 4]);
    expect(Date.parse(job.deadline) - Date.parse(job.created)).toBe(60_000);
    body.set("timeout", "1e3");
    const problem = await refusal(await service.send("/v1/jobs", { method: "POST", body }), 400, "invalid_type");
    expect(problem.error.param).toBe("timeout");
  });

  it("starts higher priorities first, and tells each its place", async () => {
    service.fake.stepTime = 5;
    await begin({ seed: 1 });
    const [low, high] = [await begin({ seed: 2, priority: 1 }), await begin({ seed: 3, priority: 8 })];
    expect([(await get(low)).position, (await get(high)).position]).toEqual([1, 0]);
    await events(low);
    expect(service.fake.requests.map(({ seed }) => seed)).toEqual([1, 3, 2]);
  });

  it("refuses exactly those above the queue's bound, with its depth and when to come back", async () => {
    const { fake } = service;
    fake.stepTime = 5;
    service = new FakeService({ jobs: fakeJobs(fake.generate, { limit: 4 }) });
    const answers = await Promise.all(Array.from({ length: 15 }, (_, seed) => post({ seed })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array(5).fill(202), ...Array(10).fill(429)]);
    for (const answer of answers.filter(({ status }) => status === 429)) {
      expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
      expect((await refusal(answer, 429, "queue_full")).queue_depth).toBe(4);
    }
  });
});
