import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { FakeService } from "../fakes/fake_service.ts";
import { goodFile } from "../images/handmade.ts";

const png = goodFile("PNG RGB 8 bit");

describe("bad inputs, forms", () => {
  const open = () => new FakeService({ limits: { bytes: 3_000_000, deadline: 10_000 } });
  const PATHS = ["/v1/generate", "/v1/images/edits"];
  const part = (name: string, value: string, rest = "") =>
    `--x\r\nContent-Disposition: form-data; name="${name}"${rest}\r\n\r\n${value}\r\n`;
  const send = (service: FakeService, path: string, parts: string, type = "multipart/form-data; boundary=x") =>
    service.send(path, { method: "POST", headers: { "content-type": type }, body: `${parts}--x--\r\n` });
  const forms: readonly [what: string, parts: string, status: number][] = [
    ["10,000 parts", Array.from({ length: 10_000 }, (_, i) => part(`field${i}`, "x")).join(""), 413],
    ["10,000 parts of one name", part("prompt", "x").repeat(10_000), 413],
    ["a name 10,000 levels deep", part(Array(10_000).fill("a").join("."), "x"), 413],
    ["a name with brackets 10,000 levels deep", part(`a${"[b]".repeat(10_000)}`, "x"), 413],
    ["a part without a name", `--x\r\nContent-Type: text/plain\r\n\r\nx\r\n`, 400],
    ["a header without end", `--x\r\n${"X: 1".repeat(100_000)}`, 413],
    ["no part at all", "", 400],
  ];
  for (const path of PATHS) {
    for (const [what, parts, status] of forms) {
      it(`row 18: ${what} to ${path}: ${status}, memory stays flat`, async () => {
        const service = open();
        const before = Deno.memoryUsage().rss;
        const answer = await send(service, path, parts);
        expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "application/problem+json"]);
        expect((await answer.text()).length).toBeLessThan(3000);
        expect(Deno.memoryUsage().rss - before).toBeLessThan(100e6);
        expect(service.fake.requests).toEqual([]);
      });
    }
    it(`row 18: no boundary, or one that is not there, to ${path}: 400`, async () => {
      const service = open();
      for (
        const type of ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=other"]
      ) {
        const answer = await send(service, path, part("prompt", "x"), type);
        expect([type, answer.status]).toEqual([type, 400]);
      }
    });
    it(`row 18: a file named ../../x to ${path}: 200, the name is nothing to us`, async () => {
      const service = open();
      const bytes = String.fromCharCode(...png);
      const file = part("image", bytes, '; filename="../../x"\r\nContent-Type: image/png');
      const body = Uint8Array.from(
        `${part("prompt", "x")}${part("steps", "4")}${file}--x--\r\n`,
        (c) => c.charCodeAt(0),
      );
      const headers = { "content-type": "multipart/form-data; boundary=x" };
      const answer = await service.send(path, { method: "POST", headers, body });
      expect(answer.status).toBe(200);
      expect(JSON.stringify([...answer.headers]) + await answer.text()).not.toContain("../");
    });
  }
});
