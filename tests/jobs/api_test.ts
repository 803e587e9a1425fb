import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { decode } from "fast-png";
import { JobsSchema } from "../../routes/jobs/job_json.ts";
import { JobsClient } from "../fakes/clients/jobs_client.ts";
import { JSON_TYPE } from "../fakes/fake_service.ts";

describe("HTTP API of jobs", () => {
  let client: JobsClient;
  beforeEach(() => {
    client = new JobsClient();
  });

  it("accepts a request at once, makes its pictures, and keeps them", async () => {
    client.service.fake.notice = "prompt was cut";
    const accepted = await client.post({ count: 2, previews: 0 });
    expect(accepted.status).toBe(202);
    const { id, url, state, request, images } = await client.jobIn(accepted);
    expect(accepted.headers.get("location")).toBe(url);
    expect(url).toBe(`/v1/jobs/${id}`);
    expect([state, request["seed"], images]).toEqual(["running", 7, []]);
    await client.events(id);
    const job = await client.get(id);
    expect(job).toMatchObject({ state: "succeeded", error: null, notices: ["prompt was cut"], timings: { text: 1.5 } });
    expect(job.images.map(({ index, seed }) => [index, seed])).toEqual([[0, 7], [1, 8]]);
    for (const { url, seed, bytes, sha256 } of job.images) {
      const answer = await client.service.send(url);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "image/png"]);
      expect(answer.headers.get("etag")).toBe(`"${sha256}"`);
      const file = await answer.bytes();
      const { data, text } = decode(file);
      expect([file.length, data[2], text["seed"]]).toEqual([bytes, seed, String(seed)]);
      expect((await client.service.send(url, { headers: { "if-none-match": `"${sha256}"` } })).status).toBe(304);
    }
  });

  it("gives the same picture as the call that waits for it, to the byte", async () => {
    const direct = await (await client.service.post(JSON.stringify(client.ask))).bytes();
    const id = await client.begin();
    await client.events(id);
    expect(await (await client.service.send(`/v1/jobs/${id}/image`)).bytes()).toEqual(direct);
  });

  it("makes nothing twice for the same key, and refuses it for another request", async () => {
    const key = { "idempotency-key": "order-66" };
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.post({ seed: undefined }, key)));
    const ids = await Promise.all(answers.map(async (answer) => (await client.jobIn(answer)).id));
    expect(new Set(ids).size).toBe(1);
    expect(client.service.fake.requests).toHaveLength(1);
    const other = await client.post({ seed: 8 }, key);
    expect(other.headers.get("x-should-retry")).toBe("false");
    await client.refusal(other, 409, "idempotency_conflict");
    await client.refusal(await client.post({}, { "idempotency-key": "two words" }), 400, "invalid_value");
    await client.events(ids[0]!);
    expect((await client.post({ seed: undefined }, key)).status).toBe(200);
  });

  it("takes ids of the client's choice, and the same body under them in any order", async () => {
    const [first, second] = [await client.put("mine"), await client.put("mine", { seed: 7 })];
    expect([first.status, second.status, (await client.jobIn(second)).id]).toEqual([202, 202, "mine"]);
    const turned = JSON.stringify(Object.fromEntries(Object.entries(client.ask).reverse()));
    expect((await client.service.send("/v1/jobs/mine", { method: "PUT", headers: JSON_TYPE, body: turned })).status)
      .toBe(202);
    await client.refusal(await client.put("mine", { seed: 8 }), 409, "idempotency_conflict");
    await client.refusal(await client.put("a.b"), 400, "invalid_value");
    expect(client.service.fake.requests).toHaveLength(1);
  });

  it("cancels what waits or runs, twice if asked, and not what has ended", async () => {
    client.service.fake.stepTime = 10;
    const [running, waiting] = [await client.begin({ steps: 1000 }), await client.begin()];
    const cancel = (id: string, query = "") => client.service.send(`/v1/jobs/${id}${query}`, { method: "DELETE" });
    for (const id of [waiting, running, running]) {
      const answer = await cancel(id);
      expect([answer.status, (await client.jobIn(answer)).state]).toEqual([200, "canceled"]);
    }
    expect((await client.events(running)).at(-1)!.data).toEqual({ type: "end", state: "canceled", error: null });
    client.service.fake.stepTime = 0;
    const done = await client.begin();
    await client.events(done);
    expect(client.service.fake.requests.map(({ steps }) => steps)).toEqual([1000, 4]);
    await client.refusal(await cancel(done), 409, "already_finished");
    await client.refusal(await cancel(done, "?forget=yes"), 400, "invalid_query");
    expect((await cancel(done, "?forget=true")).status).toBe(204);
    for (const path of ["", "/events", "/image"]) {
      await client.refusal(await client.service.send(`/v1/jobs/${done}${path}`), 404, "job_not_found");
    }
    await client.refusal(await cancel("never"), 404, "job_not_found");
  });

  it("lists what waits or runs, then what has ended, and the calls that wait for their answers", async () => {
    client.service.fake.stepTime = 5;
    const waited = client.service.post(JSON.stringify({ ...client.ask, steps: 8 }));
    while (client.service.fake.requests.length === 0) await new Promise((resolve) => setTimeout(resolve));
    const ids = [await client.begin(), await client.begin()];
    const list = async () => {
      const { data } = JobsSchema.strict().parse(await (await client.service.send("/v1/jobs")).json());
      return data.map(({ id, state, attached }) => ({ id, state, attached }));
    };
    expect(await list()).toEqual([
      { id: expect.any(String), state: "running", attached: true },
      ...ids.map((id) => ({ id, state: "queued", attached: false })),
    ]);
    await (await waited).bytes();
    await client.events(ids[1]!);
    expect(await list()).toEqual(ids.toReversed().map((id) => ({ id, state: "succeeded", attached: false })));
  });

  it("says why there is no picture", async () => {
    client.service.fake.stepTime = 10;
    const id = await client.begin();
    const early = await client.service.send(`/v1/jobs/${id}/image`);
    expect(early.headers.get("retry-after")).toBe("1");
    await client.refusal(early, 409, "image_not_ready");
    await client.refusal(await client.service.send(`/v1/jobs/${id}/image?index=1`), 404, "image_not_found");
    await client.refusal(await client.service.send(`/v1/jobs/${id}/image?index=-1`), 400, "invalid_query");
    await client.service.send(`/v1/jobs/${id}`, { method: "DELETE" });
    const { detail } = await client.refusal(await client.service.send(`/v1/jobs/${id}/image`), 404, "image_not_found");
    expect(detail).toBe("Picture 0 of this job is not there; the job's state is canceled");
  });

  it("tells failures as problems, without what is not meant for clients", async () => {
    client.service.fake.failure = { after: 2, error: new Error("Device was lost at /dev/dri") };
    const id = await client.begin();
    const [end] = (await client.events(id)).slice(-1);
    const job = await client.get(id);
    expect(job).toMatchObject({
      state: "failed",
      error: { status: 500, error: { code: "internal_error" }, instance: id },
    });
    expect(end!.data["error"]).toEqual(job.error);
    expect(JSON.stringify(job)).not.toContain("dri");
    expect(client.service.failures).toEqual([client.service.fake.failure.error]);
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
      const problem = await client.refusal(await client.post(body), 400, code);
      expect(problem.error.param).toBe(param);
    }
    await client.refusal(
      await client.service.send("/v1/jobs", { method: "POST", headers: JSON_TYPE, body: "[]" }),
      400,
      "invalid_type",
    );
    expect(client.service.fake.requests).toEqual([]);
    for (const method of ["PATCH", "POST"]) {
      const answer = await client.service.send("/v1/jobs/some", { method });
      expect(answer.headers.get("allow")!.split(", ").sort()).toEqual(["DELETE", "GET", "PUT"]);
      await client.refusal(answer, 405, "method_not_allowed");
    }
  });

  it("takes forms with numbers as text", async () => {
    const body = new FormData();
    for (const [name, value] of Object.entries({ ...client.ask, priority: 3, timeout: 60 })) {
      body.set(name, String(value));
    }
    const job = await client.jobIn(await client.service.send("/v1/jobs", { method: "POST", body }));
    expect([job.priority, job.request["steps"]]).toEqual([3, 4]);
    expect(Date.parse(job.deadline) - Date.parse(job.created)).toBe(60_000);
    body.set("timeout", "1e3");
    const problem = await client.refusal(
      await client.service.send("/v1/jobs", { method: "POST", body }),
      400,
      "invalid_type",
    );
    expect(problem.error.param).toBe("timeout");
  });
});
