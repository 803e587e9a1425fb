import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { decode } from "fast-png";
import { createApp } from "../../routes/app.ts";
import { FakeGenerators } from "../fakes/fake_generators.ts";
import { FakeGenerate } from "../fakes/fake_generate.ts";
import { fakeJobs } from "../fakes/fake_jobs.ts";
import { MODEL } from "../fakes/models.ts";

const PAGE = new URL("../../docs/jobs.md", import.meta.url);
const ADDRESS = "http://127.0.0.1:8000";

/** Runs every shell example of the page, in order, against a server. */
describe("docs/jobs.md", () => {
  let folder: string;
  let fake: FakeGenerate;
  let server: Deno.HttpServer<Deno.NetAddr>;

  beforeEach(async () => {
    folder = await Deno.makeTempDir();
    fake = new FakeGenerate();
    const app = createApp({
      jobs: fakeJobs(fake.generate),
      models: [MODEL],
      pool: new FakeGenerators().pool({ models: [MODEL] }),
      version: "latentd",
      state: () => "ready",
    });
    server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  });
  afterEach(async () => {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  });

  async function run(example: string): Promise<string> {
    const script = example.replaceAll(ADDRESS, `http://127.0.0.1:${server.addr.port}`);
    const { code, stdout, stderr } = await new Deno.Command("bash", { args: ["-euc", script], cwd: folder }).output();
    expect([code, code === 0 ? "" : new TextDecoder().decode(stderr)]).toEqual([0, ""]);
    return new TextDecoder().decode(stdout);
  }
  const picture = async () => decode(await Deno.readFile(join(folder, "apple.png"))).text["seed"];

  it("has examples that do what it says", async () => {
    const examples = [...(await Deno.readTextFile(PAGE)).matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text]) =>
      text!
    );
    const [begin, look, hear, take, repeat, wait, ...more] = examples;
    expect(more).toEqual([]);
    expect(JSON.parse(await run(begin!))).toMatchObject({ id: "my-apple", request: { seed: 7, steps: 4 } });
    expect(JSON.parse(await run(look!))).toMatchObject({ id: "my-apple", url: "/v1/jobs/my-apple" });
    expect(await run(hear!)).toMatch(/^event: queued\n[\s\S]*^event: end\ndata: .*"succeeded"/m);
    await run(take!);
    expect(await picture()).toBe("7");
    expect((await fetch(`http://127.0.0.1:${server.addr.port}/v1/jobs/my-apple`)).status).toBe(404);
    const jobs = (await run(repeat!)).split(/(?<=\})(?=\{"id")/).map((text) => JSON.parse(text).id);
    expect([jobs.length, new Set(jobs).size]).toEqual([3, 1]);
    await run(wait!);
    expect(await picture()).toBe(String(fake.requests.at(-1)!.seed));
    expect(fake.requests).toHaveLength(3);
  });

  it("tells the defaults that the code has", async () => {
    const page = await Deno.readTextFile(PAGE);
    const { SettingsSchema } = await import("../../cli/config/settings_schema.ts");
    const { jobTimeout, keepHours, keepMegabytes, queue, state } = SettingsSchema.parse({});
    for (
      const text of [
        `1 … ${jobTimeout} seconds (\`--job-timeout\`)`,
        `\`--keep-hours\` (${keepHours})`,
        `\`--keep-megabytes\` (${keepMegabytes})`,
        `\`--queue\` jobs wait (${queue})`,
        `\`${state}\` if nothing is said`,
      ]
    ) expect(page.replaceAll(/\s+/g, " ")).toContain(text);
  });
});
