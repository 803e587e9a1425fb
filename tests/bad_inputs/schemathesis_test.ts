import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { type HttpServer, listen } from "../../cli/http/http_server.ts";
import { FakeService } from "../fakes/fake_service.ts";
import { isPythonClientAbsent, python } from "../fakes/clients/python_client.ts";

/** Every check but one: rules between fields, such as a mask that needs an image, are no part of a schema. */
const CHECKS = ["--checks", "all", "--exclude-checks", "positive_data_acceptance"];
/** Always the same requests; with more than one worker CPython 3.11 stumbles over its own parser. */
const SAME = ["--seed", "2026", "--workers", "1", "--generation-database", "none", "--no-color"];
/** A probe whose 503 is as good an answer as 200. */
const PROBE = "^/v2/models/.*/ready$";
/** Routes that take what a route of the same dialect takes, too. */
const TWINS = String.raw`^/v1/(jobs(/\{id\})?|images/(edits|variations))$|/sdapi/v1/(img2img|extra-single-image)$`;

const skip = await isPythonClientAbsent("schemathesis", "schemathesis");

/** Each finding would be an answer that the document does not have, a 5xx, or something wrong that was taken. */
describe("schemathesis on /openapi.json", { skip }, () => {
  let service: FakeService;
  let server: HttpServer;
  let folder: string;

  beforeEach(async () => {
    service = new FakeService({ limits: { bytes: 1_000_000, deadline: 10_000 } });
    server = await listen({ host: "127.0.0.1", port: 0 }, service.app.fetch);
    folder = await Deno.makeTempDir();
  });
  afterEach(async () => {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  });

  async function check(...options: readonly string[]): Promise<void> {
    const url = `http://127.0.0.1:${server.addr.port}/openapi.json`;
    const args = ["-m", "schemathesis.cli", "run", url, ...CHECKS, ...SAME, ...options];
    const { code, stdout } = await new Deno.Command(python, { args, cwd: folder }).output();
    expect([code, code === 0 ? "" : new TextDecoder().decode(stdout)]).toEqual([0, ""]);
    expect(service.failures).toEqual([]);
    expect((await service.send("/livez")).status).toBe(200);
  }

  it("finds nothing with the document's examples, and inputs drawn from it", async () => {
    await check("--phases", "examples,fuzzing", "--max-examples", "8", "--exclude-path-regex", PROBE);
  });

  it("finds nothing at the bounds of every field, inside and outside", async () => {
    await check("--phases", "coverage", "--exclude-path-regex", `${TWINS}|${PROBE}`);
  });
});
