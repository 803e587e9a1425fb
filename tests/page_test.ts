import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { TASK_NAMES } from "../models/task_names.ts";
import { RequestSchema } from "../pipeline/request/schema.ts";
import { CHOICES, choicesOf, fieldsOf, toBody } from "../routes/assets/page/fields.js";
import { ASSETS, DOCUMENTS } from "../routes/assets/files.ts";
import { EXAMPLES } from "../routes/openapi/examples.ts";
import { png64 } from "./fakes/clients/a1111_client.ts";
import { FakeService, JSON_TYPE } from "./fakes/fake_service.ts";
import { MODEL } from "./fakes/models.ts";

/** A model that can do everything. */
const ABLE = { ...MODEL, tasks: TASK_NAMES, upscaling: 2 };
/** A transparent picture of 64x64 pixels, written by Pillow 13.0.0. */
const HOLE =
  "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAQAAAAAYLlVAAAAHklEQVR42u3BAQEAAACCIP+vbkhAAQAAAAAAAADvBiBAAAGYAb79AAAAAElFTkSuQmCC";
const service = () => new FakeService({ models: [ABLE], limits: { bytes: 100_000, deadline: 1000 } });

describe("the page", () => {
  it("and the reference load only what this server has, and run no script of their own", async () => {
    const app = service();
    for (const [path, html] of [["/", DOCUMENTS.page], ["/docs", DOCUMENTS.reference]] as const) {
      const response = await app.send(path);
      expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(await response.text()).toBe(html);
      const policy = response.headers.get("content-security-policy")!;
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
      expect(policy).not.toContain("unsafe");
      expect(html).not.toMatch(/https?:|\son\w+=|style=|<script(?! type="module" src="assets)/);
      const addresses = [...html.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, address]) => address!);
      expect(addresses.length).toBeGreaterThan(2);
      for (const address of addresses) {
        expect([address, (await app.send(`/${address}`)).status]).toEqual([address, 200]);
      }
    }
  });

  it("imports only modules that are served, and none is served that nobody loads", () => {
    const loaded = new Set<string>();
    for (const [path, text] of Object.entries(ASSETS)) {
      for (const [, specifier] of text.matchAll(/from "([^"]+)"/g)) {
        loaded.add(new URL(specifier!, `http://x/${path}`).pathname.slice(1));
      }
    }
    for (const [, address] of Object.values(DOCUMENTS).join().matchAll(/"assets\/([^"]+)"/g)) loaded.add(address!);
    expect([...loaded].sort()).toEqual(Object.keys(ASSETS).sort());
  });

  it("is asked for again each time, and not sent twice", async () => {
    const app = service();
    for (const path of ["/", "/docs", "/assets/page/main.js", "/assets/page/style.css", "/assets/shared/icon.svg"]) {
      const { status, headers } = await app.send(path);
      expect([path, status, headers.get("cache-control")]).toEqual([path, 200, "no-cache"]);
      const etag = headers.get("etag")!;
      for (const known of [etag, `W/${etag}`, `"x", ${etag}`]) {
        expect((await app.send(path, { headers: { "if-none-match": known } })).status).toBe(304);
      }
      expect((await app.send(path, { headers: { "if-none-match": '"x"' } })).status).toBe(200);
    }
    expect((await app.send("/assets/page/main.js")).headers.get("content-type")).toMatch(/^text\/javascript/);
    for (
      const path of [
        "/assets/page/fields_test.ts",
        "/assets/page/index.html",
        "/assets/files.ts",
        "/assets/../deno.json",
      ]
    ) {
      expect([path, (await app.send(path)).status]).toEqual([path, 404]);
    }
  });

  it("asks for what the server takes: every choice with all of its fields filled in", async () => {
    const image = `data:image/png;base64,${await png64(64, 64)}`;
    const mask = `data:image/png;base64,${await png64(64, 64, 0xffffff)}`;
    const values = {
      ...{ model: ABLE.name, prompt: "x", negative_prompt: "y", steps: "2", guidance: "3", seed: "4", count: "1" },
      ...{
        width: "64",
        height: "80",
        scheduler: "ddim",
        strength: "0.5",
        mask_blur: "2",
        region: "masked",

        fit: "contain",
      },
      ...{ class: "mammals", image, mask, extend: [16, 0, 0, 0], boxes: [{ box: [0, 0, 0.5, 1], text: "cat" }] },
    };
    const told = (await (await service().send("/v1/models")).json()).data[0];
    expect(choicesOf(told)).toEqual(Object.keys(CHOICES));
    for (const choice of choicesOf(told)) {
      const asked = service();
      const body = JSON.stringify({ ...toBody(choice, told, values), previews: 10 });
      const response = await asked.send("/v1/jobs", { method: "POST", headers: JSON_TYPE, body });
      expect([choice, response.status, response.ok ? "" : await response.text()]).toEqual([choice, 202, ""]);
      expect((await response.json()).request).toMatchObject({ task: CHOICES[choice]!.task, steps: 2, seed: 4 });
    }
  });

  it("has an input for each field, with the limits of the schema, and no field that is not there", () => {
    const fields = new Set(
      Object.keys(CHOICES).flatMap((choice) => fieldsOf(choice, { id: "", tasks: [], max_tokens: 1 })),
    );
    const inForm = [...DOCUMENTS.page.matchAll(/data-field="(\w+)"/g)].map(([, name]) => name!);
    expect(inForm.toSorted()).toEqual([...fields].toSorted());
    for (const name of inForm) expect(RequestSchema.shape).toHaveProperty(name);
    const inputs = new Map([...DOCUMENTS.page.matchAll(/<input\s+id="(\w+)"[^>]*>/g)].map(([tag, id]) => [id!, tag!]));
    for (const name of ["count", "steps", "guidance", "strength", "mask_blur", "seed"] as const) {
      const numberIn = (attribute: string) =>
        Number(new RegExp(`${attribute}="([\\d.]+)"`).exec(inputs.get(name)!)?.[1]);
      const isGood = (value: number) => RequestSchema.shape[name].safeParse(value).success;
      const [min, max] = [numberIn("min"), numberIn("max")];
      expect([name, isGood(min), isGood(max), isGood(min - 1), isGood(max + 1)]).toEqual([
        name,
        true,
        true,
        false,
        false,
      ]);
    }
  });
});

describe("the examples of /openapi.json", () => {
  /** An example's body as a client sends it; `@` stands for a picture's file. */
  async function bodyOf(form: Readonly<Record<string, string>>): Promise<FormData> {
    const body = new FormData();
    for (const [name, value] of Object.entries(form)) {
      const white = value === "@mask.png" ? 0xffffff : 0;
      const picture = Uint8Array.fromBase64(value === "@hole.png" ? HOLE : await png64(64, 64, white));
      body.append(name, value.startsWith("@") ? new File([picture], value.slice(1), { type: "image/png" }) : value);
    }
    return body;
  }

  it("are good requests", async () => {
    for (const [route, examples] of Object.entries(EXAMPLES)) {
      const [method, template] = route.split(" ") as [string, string];
      for (const { summary, path = template, accept, json, form } of examples) {
        const asked = service();
        if (template.includes("{id}") && method !== "PUT") {
          const begun = { method: "PUT", headers: JSON_TYPE, body: '{"prompt":"x","steps":1}' };
          await (await asked.send("/v1/jobs/my-apple", begun)).json();
          await (await asked.send("/v1/jobs/my-apple/events")).text();
        }
        const response = await asked.send(path, {
          method,
          headers: { ...(json !== undefined && JSON_TYPE), ...(accept && { accept }) },
          body: json === undefined ? form ? await bodyOf(form) : null : JSON.stringify(json),
        });
        expect([route, summary, response.ok, response.ok || await response.text()]).toEqual([
          route,
          summary,
          true,
          true,
        ]);
        await response.body?.cancel();
      }
    }
  });

  it("stand in the document, as bodies and as command lines", async () => {
    const { paths } = await (await service().send("/openapi.json")).json();
    for (const [route, examples] of Object.entries(EXAMPLES)) {
      const [method, path] = route.split(" ") as [string, string];
      const operation = paths[path][method.toLowerCase()];
      const samples: { label: string; source: string }[] = operation["x-codeSamples"];
      expect(samples.map(({ label }) => label)).toEqual(examples.map(({ summary }) => summary));
      for (const { source } of samples) expect(source).toMatch(/^curl .*'http:\/\/127\.0\.0\.1:8000\//);
      const bodies = examples.filter(({ json }) => json !== undefined).map(({ json }) => json);
      const told = Object.values(operation.requestBody?.content["application/json"]?.examples ?? {});
      expect(told.map((example) => (example as { value: unknown }).value)).toEqual(bodies);
    }
    expect(paths["/v1/generate"].post["x-codeSamples"][0].source).toBe(
      "curl 'http://127.0.0.1:8000/v1/generate' \\\n  -H 'content-type: application/json' \\\n" +
        `  -d '{"prompt":"a red apple, fluent style","seed":7}' \\\n  -o apple.png`,
    );
  });
});
