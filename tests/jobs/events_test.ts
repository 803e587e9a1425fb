import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { decode } from "fast-png";
import { JobsClient } from "../fakes/clients/jobs_client.ts";
import { toldBy } from "../fakes/clients/read_events.ts";

describe("events of jobs over HTTP", () => {
  let client: JobsClient;
  beforeEach(() => {
    client = new JobsClient();
  });

  it("tells what happens, and again from any event on", async () => {
    client.service.fake.stepTime = 1;
    const id = await client.begin({ previews: 1, count: 2 });
    const told = await client.events(id);
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
    client.service.fake.stepTime = 10;
    const id = await client.begin({ previews: 0, steps: 8 });
    const answer = await client.service.send(`/v1/jobs/${id}/events`);
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes('"step":3')) text += (await reader.read()).value;
    await reader.cancel();
    const first = toldBy(text.slice(0, text.lastIndexOf("\n\n") + 2));
    const last = first.at(-1)!.id;
    const rest = await client.events(id, "", { "last-event-id": String(last) });
    expect([...first, ...rest].map(({ event }) => event)).toEqual(
      ["queued", "started", ...Array(8).fill("step"), "image", "end"],
    );
    expect(await client.events(id, `?after=${last}`)).toEqual(rest.filter(({ event }) => event !== "step"));
    const over = await client.service.send(`/v1/jobs/${id}/events?after=${rest.at(-1)!.id}`);
    expect([over.status, await over.text()]).toEqual([204, ""]);
  });

  it("shows that it is still there while nothing happens", async () => {
    client.service.fake.stepTime = 200;
    const text = await (await client.service.send(`/v1/jobs/${await client.begin({ steps: 1 })}/events`)).text();
    expect(text.indexOf("\n: still there\n\n")).toBeGreaterThan(0);
    expect(text.indexOf("\n: still there\n\n")).toBeLessThan(text.indexOf("event: step"));
  });

  it("goes on when a reader of its events leaves", async () => {
    client.service.fake.stepTime = 5;
    const id = await client.begin();
    await (await client.service.send(`/v1/jobs/${id}/events`)).body!.cancel();
    await client.events(id);
    expect((await client.get(id)).state).toBe("succeeded");
  });
});
