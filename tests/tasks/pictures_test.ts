import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { FakeService, JSON_TYPE } from "../fakes/fake_service.ts";
import { FakeWorld } from "../fakes/fake_world.ts";
import { issueOf, issuesOf, plainPng, taken } from "./all_tasks.ts";

const IMAGE = await plainPng(64, 48);
const WHITE = await plainPng(64, 48, [255, 255, 255]);
const BLACK = await plainPng(64, 48, [0, 0, 0]);
const text = (value: string) => new TextEncoder().encode(value);
const SVG = text('<svg xmlns="http://www.w3.org/2000/svg"/>');

describe("pictures of the tasks", () => {
  const wrong: [what: string, image: unknown, code: string, message: string][] = [
    ["a URL", "https://example.org/cat.png", "url_not_supported", "pictures are not fetched, send it in base64"],
    ["a file's address", "file:///etc/passwd", "url_not_supported", "pictures are not fetched"],
    ["broken base64", "iVBOR*", "invalid_image", 'image is "iVBOR*"; it must be a picture in base64 or a data: URL'],
    ["a data URL without base64", "data:image/png,abc", "invalid_image", "it must be a picture in base64"],
    ["no bytes", new Uint8Array(), "invalid_image", "image "],
    ["SVG under another name", `data:image/png;base64,${SVG.toBase64()}`, "unsupported_image", "image "],
    ["a picture cut off", IMAGE.slice(0, 40), "invalid_image", "image "],
    ["a number", 7, "invalid_type", "image is 7; it must be a picture in base64 or a data: URL"],
    ["a header that tells 65535 columns", huge(), "image_too_large", "image "],
  ];
  for (const [what, image, code, message] of wrong) {
    it(`${what}: ${code}, as image and as mask`, async () => {
      const issue = await issueOf({ prompt: "x", image });
      expect(issue).toMatchObject({ param: "image", code });
      expect(issue.message).toContain(message);
      expect(await issueOf({ prompt: "x", image: IMAGE, mask: image })).toMatchObject({ param: "mask", code });
    });
  }

  it("a mask that leaves nothing to do, and none where there must be one", async () => {
    expect((await issueOf({ prompt: "x", image: IMAGE, mask: BLACK })).message).toContain("mask is black everywhere");
    expect(await issueOf({ task: "inpainting", prompt: "x", image: IMAGE })).toMatchObject({
      param: "mask",
      code: "missing_parameter",
    });
  });

  it("take the model's nearest size, whatever their own", async () => {
    const sizes: [own: [number, number], made: [number, number]][] = [
      [[64, 80], [64, 80]],
      [[70, 100], [64, 96]],
      [[1, 1], [64, 64]],
      [[1000, 10], [256, 64]],
      [[10, 1000], [64, 256]],
      [[1000, 1000], [112, 112]],
    ];
    for (const [own, [width, height]] of sizes) {
      const image = await plainPng(...own);
      const request = await taken({ prompt: "x", image });
      expect({ own, ...request }).toMatchObject({ own, width, height, image: { width, height } });
      for (const fit of ["cover", "contain", "stretch"]) {
        const wanted = await taken({ prompt: "x", image, fit, width: 96, height: 80 });
        expect({ own, ...wanted }).toMatchObject({ own, width: 96, height: 80, image: { width: 96, height: 80 } });
      }
    }
    expect((await issuesOf({ prompt: "x", image: IMAGE, width: 100 }))[0]).toMatchObject({ code: "invalid_size" });
  });

  it("grow by extend, and only what was added is made", async () => {
    const request = await taken({ prompt: "x", image: await plainPng(64, 64), extend: [16, 0, 0, 32], mask_blur: 0 });
    if (request.task !== "inpainting") throw new TypeError(`Task is ${request.task}; expected inpainting`);
    expect(request).toMatchObject({ width: 80, height: 96, mask: { width: 80, height: 96 } });
    const added = (pixel: number) => pixel % 80 < 16 || pixel >= 80 * 64;
    request.mask.data.forEach((value, pixel) => expect([pixel, value]).toEqual([pixel, added(pixel) ? 255 : 0]));
    expect(await taken({ prompt: "x", image: IMAGE, extend: [3, 5, 7, 11] })).toMatchObject({ width: 80, height: 64 });
  });
});

describe("pictures over HTTP", () => {
  const form = (fields: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) {
      data.set(name, typeof value === "string" ? value : new File([value], "../picture.svg"));
    }
    return data;
  };

  it("as files of a form and as base64 give the same request, and the answer repeats no pixels", async () => {
    const asForm = new FakeService();
    const headers = { accept: "application/json" };
    const body = form({ prompt: "x", image: IMAGE, mask: WHITE, seed: "7" });
    expect((await asForm.send("/v1/generate", { method: "POST", headers, body })).status).toBe(200);
    const asJson = new FakeService();
    const json = { prompt: "x", image: IMAGE.toBase64(), mask: `data:image/png;base64,${WHITE.toBase64()}`, seed: 7 };
    const answer = await asJson.post(JSON.stringify(json), { ...JSON_TYPE, ...headers });
    expect(asForm.fake.requests).toEqual(asJson.fake.requests);
    expect(asJson.fake.requests).toMatchObject([{ task: "inpainting", width: 64, height: 48 + 16 }]);
    const { request } = await answer.json();
    expect(request).toMatchObject({ task: "inpainting", image: { width: 64, height: 64 } });
    expect(Object.keys(request.image)).toEqual(["width", "height"]);
  });

  it("are refused in a form as in JSON", async () => {
    const service = new FakeService();
    for (
      const [fields, code] of [
        [{ image: SVG }, "unsupported_image"],
        [
          { image: "http://a/b.png" },
          "url_not_supported",
        ],
        [{
          image: IMAGE,
          mask: BLACK,
        }, "invalid_value"],
        [{ image: IMAGE, mask: WHITE, region: "part" }, "invalid_value"],
        [{ image: IMAGE, mask: WHITE, region: "masked", region_padding: "-1" }, "out_of_range"],
        [{ image: IMAGE, mask: WHITE, region_padding: "8" }, "unexpected_parameter"],
        [{ mask: WHITE }, "missing_parameter"],
      ] as const
    ) {
      const body = form({ prompt: "x", ...fields });
      await service.refusal(await service.send("/v1/generate", { method: "POST", body }), 400, code);
    }
  });
});

describe("pictures on the command line", () => {
  let world: FakeWorld;
  let folder: string;

  beforeEach(async () => {
    world = new FakeWorld();
    folder = await Deno.makeTempDir();
    await Deno.writeFile(join(folder, "in.png"), IMAGE);
    await Deno.writeFile(join(folder, "drawing.png"), SVG);
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  it("are refused with exit code 2 and a line that names the flag", async () => {
    const wrong: [flags: readonly string[], said: string][] = [
      [["--image", join(folder, "none.png")], "but there is no such file"],
      [["--image", folder], "but it is a folder"],
      [["--image", join(folder, "drawing.png")], "image "],
      [["--mask", join(folder, "none.png")], "but there is no such file"],
      [["--box", "0,0,1:cat"], "must be [left, top, right, bottom]"],
      [["--box", "cat"], "it must be a list of objects such as"],
      [["--extend", "1,2", "--image", join(folder, "in.png")], "must be four whole numbers of pixels"],
      [
        ["--region", "part", "--image", join(folder, "in.png"), "--extend", "16,0,0,0"],
        'it must be "whole" or "masked"',
      ],
      [
        ["--region-padding", "8", "--image", join(folder, "in.png"), "--extend", "16,0,0,0"],
        'belongs to region "masked"',
      ],
      [
        ["--region", "masked", "--region-padding", "x", "--image", join(folder, "in.png")],
        'region_padding is "x"; it must',
      ],
      [["--class", "mamals"], 'did you mean "mammals"?'],
    ];
    for (const [flags, said] of wrong) {
      const world = new FakeWorld();
      const prompt = flags[0] === "--class" || flags[0] === "--box" ? [] : ["x"];
      expect([flags, await world.run("generate", ...prompt, ...flags)]).toEqual([flags, 2]);
      expect(world.stderr.text).toContain(said);
      expect(world.opened).toEqual([]);
    }
  });

  it("several boxes come in order", async () => {
    const boxes = ["--box", "0,0,0.5,1:cat", "--box", "0.5,0,1,1:a big dog"];
    expect(await world.run("generate", ...boxes, "-o", join(folder, "out.png"))).toBe(0);
    expect(world.fake.requests).toMatchObject([{
      task: "layout-to-image",
      boxes: [{ box: [0, 0, 0.5, 1], text: "cat" }, { box: [0.5, 0, 1, 1], text: "a big dog" }],
    }]);
  });

  it("leave no pixels in the JSON lines", async () => {
    const flags = ["--image", join(folder, "in.png"), "--json", "-o", join(folder, "out.png")];
    expect(await world.run("generate", "x", ...flags)).toBe(0);
    const [request] = world.stdout.text.split("\n").map((line) => line && JSON.parse(line));
    expect(request).toMatchObject({ type: "request", task: "image-to-image", image: { width: 64, height: 64 } });
    expect(Object.keys(request.image)).toEqual(["width", "height"]);
  });
});

/** A PNG whose header tells more columns and rows than anyone has. */
function huge(): Uint8Array {
  const bytes = IMAGE.slice();
  new DataView(bytes.buffer).setUint32(16, 65535);
  new DataView(bytes.buffer).setUint32(20, 65535);
  return bytes;
}
