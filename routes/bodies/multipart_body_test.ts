import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { ProblemError } from "../answers/problem.ts";
import { readMultipart } from "./multipart_body.ts";

const LIMITS = { bytes: 100_000, deadline: 1000 };
const CRLF = "\r\n";

/** A body that comes in pieces of some size. */
function requestOf(body: string | Uint8Array, type = "multipart/form-data; boundary=B", size = 1_000_000): Request {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : Uint8Array.from(body);
  let at = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at += size));
    },
  });
  return new Request("http://localhost/", { method: "POST", headers: { "content-type": type }, body: stream });
}
const read = async (request: Request, limits = LIMITS) => [...await readMultipart(request, limits, ["image"])];
const part = (disposition: string, content: string) =>
  `--B${CRLF}content-disposition: form-data; ${disposition}${CRLF}${CRLF}${content}${CRLF}`;
const END = `--B--${CRLF}`;
const refusal = (request: Request) =>
  read(request).then(
    () => "taken",
    (error) => error instanceof ProblemError ? `${error.code}: ${error.message}` : String(error),
  );

describe("readMultipart", () => {
  it("reads what Fetch writes, whatever is in it, in pieces of any size", async () => {
    const name = fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => `f${text.replace(/[\r\n"%\\;]/g, "_")}`);
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, fc.string({ unit: "grapheme" }).map((text) => text.replace(/\r\n|\r|\n/g, "\r\n"))),
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 200 }),
        async (fields, image, size) => {
          const form = new FormData();
          for (const [key, value] of Object.entries(fields)) form.append(key, value);
          form.append("image", new Blob([Uint8Array.from(image)]), "a.png");
          const { headers, body } = new Response(form);
          const bytes = new Uint8Array(await new Response(body).arrayBuffer());
          const expected = [...Object.entries(fields).map(([key, value]) => [key.trim(), [value]]), ["image", [image]]];
          expect(await read(requestOf(bytes, headers.get("content-type")!, size))).toEqual(expected);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("never takes a name apart, and never looks at a file's", async () => {
    const deep = Array(300).fill("a").join(".");
    const body = part(`name="${deep}"`, "1") + part('name="a[b]"; filename="../../x"', "2") +
      part('name="image"; filename="../../etc/passwd"', "3") + END;
    expect(await read(requestOf(body))).toEqual([[deep, ["1"]], ["a[b]", ["2"]], ["image", [
      new TextEncoder().encode("3"),
    ]]]);
  });

  it("takes an epilogue that comes by itself", async () => {
    const body = part('name="a"', "1") + "--B--";
    expect(await read(requestOf(body + CRLF, undefined, body.length))).toEqual([["a", ["1"]]]);
  });

  it("refuses what is no form, and more than anyone needs", async () => {
    const one = part('name="a"', "1");
    const cases: readonly [body: string, type: string | undefined, told: string][] = [
      [
        one + END,
        "multipart/form-data",
        "invalid_form: The body must be a form as multipart/form-data: its boundary is",
      ],
      [one + END, `multipart/form-data; boundary=${"x".repeat(71)}`, "invalid_form"],
      [one, undefined, "invalid_form: The body must be a form as multipart/form-data: Multipart stream not finished"],
      ["hello", undefined, "invalid_form"],
      ["", undefined, "invalid_form"],
      [
        part("x=1", "1") + END,
        undefined,
        "invalid_form: The body must be a form as multipart/form-data: one of its parts",
      ],
      [one.repeat(101) + END, undefined, "payload_too_large: The form must have at most 100 parts"],
      [
        part(`name="${"x".repeat(5000)}"`, "") + END,
        undefined,
        "payload_too_large: Each part's headers must have at most",
      ],
      [
        part('name="image"; filename="x"', "x".repeat(100_000)) + END,
        undefined,
        "payload_too_large: The body must have",
      ],
      [one + END, "application/x-www-form-urlencoded", "unsupported_media_type"],
    ];
    for (const [body, type, told] of cases) expect(await refusal(requestOf(body, type))).toContain(told);
    const [head, tail] = (part('name="a"', "|") + END).split("|").map((text) => [...new TextEncoder().encode(text)]);
    expect(await refusal(requestOf(Uint8Array.from([...head!, 0xff, ...tail!])))).toContain("it is not in UTF-8");
  });
});
