import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { Served, until } from "./openai/served.ts";

describe("AUTOMATIC1111's API behind a port", () => {
  const ask = (served: Served, fields: Record<string, unknown>, signal?: AbortSignal) =>
    fetch(`${served.url}/sdapi/v1/txt2img`, {
      method: "POST",
      body: JSON.stringify(fields),
      ...(signal && { signal }),
    });

  it("ends the work of clients that have gone", async () => {
    await using served = await Served.open();
    served.fake.stepTime = 5;
    const gone = new AbortController();
    const answer = ask(served, { prompt: "x", steps: 900 }, gone.signal).catch((error) => error.name);
    await until(() => served.fake.steps > 0);
    gone.abort();
    expect(await answer).toBe("AbortError");
    await until(() => served.fake.aborted !== undefined);
    expect(served.fake.steps).toBeLessThan(900);
  });

  it("interrupts one request while the next waits, which then runs", async () => {
    await using served = await Served.open();
    served.fake.stepTime = 5;
    const first = ask(served, { prompt: "first", steps: 900 });
    await until(() => served.fake.steps > 0);
    const second = ask(served, { prompt: "second", steps: 2 });
    let waiting = 0;
    while (waiting === 0) {
      const { data } = await (await fetch(`${served.url}/v1/jobs`)).json();
      waiting = data.filter(({ state }: { state: string }) => state === "queued").length;
    }
    const interrupted = await fetch(`${served.url}/sdapi/v1/interrupt`, { method: "POST" });
    expect(await interrupted.json()).toEqual({});
    const [one, two] = await Promise.all([first, second].map(async (response) => await (await response).json()));
    expect(JSON.parse(one.info).extra_generation_params.Interrupted).toBeDefined();
    expect([two.images.length, JSON.parse(two.info).extra_generation_params.Interrupted]).toEqual([1, undefined]);
  });
});
