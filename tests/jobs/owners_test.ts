import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { digestOf } from "../../routes/auth/api_key.ts";
import { FakeService, JSON_TYPE } from "../fakes/fake_service.ts";

describe("jobs of several keys", () => {
  const ann = "latentd_of-ann-0123456789";
  const bob = "latentd_of-bob-0123456789";
  const keys = [
    { name: "ann", sha256: digestOf(ann), limits: { priority: 3 } },
    { name: "bob", sha256: digestOf(bob), limits: {} },
  ];
  const service = new FakeService({ keys: () => keys });
  const ask = (key: string, path: string, method = "GET", body?: Record<string, unknown>) =>
    service.send(`/v1/jobs${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body && JSON_TYPE) },
      ...(body && { body: JSON.stringify({ prompt: "x", width: 64, height: 64, steps: 2, ...body }) }),
    });

  it("are seen, heard and canceled by their own key alone; ids of others are free", async () => {
    expect((await ask(ann, "/mine", "PUT", { seed: 1 })).status).toBe(202);
    for (const path of ["/mine", "/mine/events", "/mine/image"]) {
      const answer = await ask(bob, path);
      expect([path, answer.status, (await answer.json()).error.code]).toEqual([path, 404, "job_not_found"]);
    }
    expect((await ask(bob, "/mine", "DELETE")).status).toBe(404);
    expect((await (await ask(bob, "")).json()).data).toEqual([]);
    expect((await ask(bob, "/mine", "PUT", { seed: 2 })).status).toBe(202);
    await (await ask(bob, "/mine/events")).text();
    await (await ask(ann, "/mine/events")).text();
    const seeds = await Promise.all(
      [ann, bob].map(async (key) => (await (await ask(key, "/mine")).json()).request.seed),
    );
    expect(seeds).toEqual([1, 2]);
  });

  it("have at most the priority of their key", async () => {
    expect((await (await ask(ann, "", "POST", { priority: 9 })).json()).priority).toBe(3);
    expect((await (await ask(bob, "", "POST", { priority: 9 })).json()).priority).toBe(9);
  });
});
