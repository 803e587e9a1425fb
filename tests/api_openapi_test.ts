import { Validator } from "@seriousme/openapi-schema-validator";
import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { FIELDS, RequestSchema } from "../pipeline/request/schema.ts";
import { FakeService } from "./fakes/fake_service.ts";

type Json = { readonly [name: string]: Json };

describe("/openapi.json", () => {
  const service = new FakeService();
  const read = async () => await (await service.send("/openapi.json")).json() as Json;

  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    const result = await validator.validate(await read());
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
    expect(validator.version).toBe("3.1");
  });

  it("tells of every route, and of no other", async () => {
    const told = Object.entries((await read())["paths"]!)
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    const mounted = service.app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) =>
      `${method} ${path.replace(/:(\w+)/g, "{$1}")}`
    );
    // A route whose parameters are checked is mounted twice: the check, then the handler.
    expect(told.toSorted()).toEqual([...new Set(mounted)].filter((route) => !UNTOLD.includes(route)).toSorted());
  });
  const UNTOLD = ["GET /openapi.json", "GET /", "GET /docs", "GET /assets/{folder}/{name}"];

  it("tells every field of a request, in both forms, with limits, defaults and what it is for", async () => {
    const { paths, components } = await read();
    const properties = components!["schemas"]!["GenerationRequest"]!["properties"]!;
    expect(Object.keys(properties)).toEqual(FIELDS);
    for (const name of FIELDS) expect(properties[name]!["description"]).toEqual(expect.any(String));
    expect(properties).toMatchObject({
      prompt: { type: "string", maxLength: 4000, example: expect.any(String) },
      seed: { type: ["integer", "null"], minimum: 0, maximum: 4294967295 },
      steps: { type: "integer", minimum: 1, maximum: 1000 },
      guidance: { type: "number", minimum: 0, maximum: 100 },
      eta: { type: "number", minimum: 0, maximum: 1, default: 0 },
      count: { type: "integer", minimum: 1, maximum: 16, default: 1 },
      metadata: { enum: ["full", "none"], default: "full" },
    });
    const parameters = paths!["/v1/generate"]!["get"]!["parameters"] as unknown as Json[];
    const inQuery = parameters.filter((parameter) => (parameter["in"] as unknown) === "query");
    expect(inQuery.map(({ name }) => name as unknown)).toEqual(FIELDS);
  });

  it("tells both ways to send a key, of which none is needed where there are no keys", async () => {
    const { components, security } = await read();
    expect(components!["securitySchemes"]).toMatchObject({
      bearer: { type: "http", scheme: "bearer" },
      basic: { type: "http", scheme: "basic" },
    });
    expect(security).toEqual([{}, { bearer: [] }, { basic: [] }]);
  });

  it("tells that a box has four numbers", async () => {
    const { components } = await read();
    expect(components!["schemas"]!["Box"]!["properties"]!["box"]).toMatchObject({ minItems: 4, maxItems: 4 });
  });

  it("gives an example that is a good request", async () => {
    const { components } = await read();
    const properties = components!["schemas"]!["GenerationRequest"]!["properties"]!;
    const example = Object.fromEntries(
      Object.entries(properties).flatMap(([name, { example }]) => example === undefined ? [] : [[name, example]]),
    );
    expect(Object.keys(example)).toContain("prompt");
    expect(RequestSchema.safeParse(example).success).toBe(true);
    expect((await service.post(JSON.stringify(example))).status).toBe(200);
  });

  it("tells the problems a request can meet", async () => {
    const { paths } = await read();
    expect(Object.keys(paths!["/v1/generate"]!["post"]!["responses"]!))
      .toEqual(["200", "400", "401", "403", "404", "406", "408", "409", "413", "415", "429", "500", "503", "504"]);
  });
});
