import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { DeadlineExceededError } from "../../pipeline/jobs/job_errors.ts";
import { JobsClient } from "../fakes/clients/jobs_client.ts";
import { FakeGenerate } from "../fakes/fake_generate.ts";
import { fakeJobs } from "../fakes/fake_jobs.ts";
import { JSON_TYPE } from "../fakes/fake_service.ts";

describe("the queue of jobs over HTTP", () => {
  let client: JobsClient;
  beforeEach(() => {
    client = new JobsClient();
  });

  it("starts higher priorities first, and tells each its place", async () => {
    client.service.fake.stepTime = 5;
    await client.begin({ seed: 1 });
    const [low, high] = [await client.begin({ seed: 2, priority: 1 }), await client.begin({ seed: 3, priority: 8 })];
    expect([(await client.get(low)).position, (await client.get(high)).position]).toEqual([1, 0]);
    await client.events(low);
    expect(client.service.fake.requests.map(({ seed }) => seed)).toEqual([1, 3, 2]);
  });

  it("refuses exactly those above the queue's bound, with its depth and when to come back", async () => {
    const fake = new FakeGenerate();
    fake.stepTime = 5;
    client = new JobsClient({ jobs: fakeJobs(fake.generate, { limit: 4 }) });
    const answers = await Promise.all(Array.from({ length: 15 }, (_, seed) => client.post({ seed })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array(5).fill(202), ...Array(10).fill(429)]);
    for (const answer of answers.filter(({ status }) => status === 429)) {
      expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
      expect((await client.refusal(answer, 429, "queue_full")).queue_depth).toBe(4);
    }
  });

  it("expires jobs at their timeout, 504 for those who wait for the answer", async () => {
    const fake = new FakeGenerate();
    fake.stepTime = 20;
    client = new JobsClient({ jobs: fakeJobs(fake.generate, { maxTime: 50 }) });
    await client.refusal(
      await client.service.post(JSON.stringify({ ...client.ask, steps: 1000 })),
      504,
      "deadline_exceeded",
    );
    const id = await client.begin({ steps: 1000 });
    expect((await client.events(id)).at(-1)!.data).toEqual({ type: "end", state: "expired", error: null });
    expect((await client.get(id)).state).toBe("expired");
  });

  it("waits for an answer no longer than its client prefers, and frees the device", async () => {
    client.service.fake.stepTime = 100;
    const headers = { ...JSON_TYPE, prefer: "respond-async, wait=1" };
    await client.refusal(
      await client.service.post(JSON.stringify({ ...client.ask, steps: 1000 }), headers),
      504,
      "deadline_exceeded",
    );
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(client.service.fake.aborted).toBeInstanceOf(DeadlineExceededError);
    expect(client.service.fake.steps).toBeLessThan(15);
  });
});
