import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { fileOf, MASK, PICTURE, png } from "./files.ts";
import { Served } from "./served.ts";

describe("OpenAI's Images API, what it refuses", () => {
  let served: Served;

  beforeEach(async () => {
    served = await Served.open();
  });
  afterEach(() => served[Symbol.asyncDispose]());

  const form = (fields: Readonly<Record<string, string | File | readonly File[]>>) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) {
      for (const one of Array.isArray(value) ? value : [value]) body.append(name, one);
    }
    return body;
  };
  const refusal = async (path: string, body: unknown) => {
    const answer = await served.post(path, body);
    const { error } = await answer.json();
    expect(served.fake.requests).toEqual([]);
    expect(answer.headers.get("x-should-retry")).toBe("false");
    return [answer.status, error.code, error.param, error.message];
  };

  const generations: readonly [fields: Record<string, unknown>, code: string, param: string, message: string][] = [
    [{ prompt: undefined }, "missing_parameter", "prompt", "prompt is missing; it must be text"],
    [{ prompt: " " }, "invalid_prompt", "prompt", 'prompt is " "; it must not be empty'],
    [{ n: 0 }, "out_of_range", "n", "n is 0; it must be a whole number from 1 to 10"],
    [{ n: 11 }, "out_of_range", "n", "n is 11; it must be"],
    [{ size: "128" }, "invalid_value", "size", 'size is "128"; it must be "auto" or width and height such as "128x96"'],
    [{ size: "128x0" }, "invalid_value", "size", 'size is "128x0"'],
    [{ size: "1024x1024" }, "invalid_size", "size", 'size is "1024x1024": width is 1024, but emoji-128 makes'],
    [{ quality: "best" }, "invalid_value", "quality", 'quality is "best"; it must be "auto" or'],
    [{ background: "transparent" }, "invalid_value", "background", 'background is "transparent"; it must be "auto" or'],
    [{ output_format: "gif" }, "invalid_value", "output_format", 'output_format is "gif"; it must be "png" or'],
    [
      { output_compression: 50 },
      "invalid_value",
      "output_compression",
      "output_compression is 50, but png is lossless",
    ],
    [{ output_compression: 101 }, "out_of_range", "output_compression", "output_compression is 101"],
    [{ partial_images: 4, stream: true }, "out_of_range", "partial_images", "partial_images is 4"],
    [{ partial_images: 2 }, "invalid_value", "partial_images", "partial_images is 2, but only a stream can hold them"],
    [{ stream: "yes" }, "invalid_type", "stream", 'stream is "yes"; it must be true or false'],
    [{ stream: true, response_format: "url" }, "invalid_value", "response_format", 'response_format is "url", but'],
    [{ steps: 0 }, "out_of_range", "steps", "steps is 0"],
    [{ num_inference_steps: 0 }, "out_of_range", "num_inference_steps", "num_inference_steps is 0"],
    [
      { steps: 1, num_inference_steps: 1 },
      "invalid_value",
      "num_inference_steps",
      "num_inference_steps is 1, but steps",
    ],
    [{ guidance_scale: -1 }, "out_of_range", "guidance_scale", "guidance_scale is -1"],
    [{ seed: -1 }, "out_of_range", "seed", "seed is -1"],
    [{ strength: 0.5 }, "unknown_parameter", "strength", '"strength" is not known'],
    [{ sampler: "ddim" }, "unknown_parameter", "sampler", '"sampler" is not known; did you mean scheduler?'],
    [JSON.parse('{"__proto__":1}'), "unknown_parameter", "__proto__", '"__proto__" is not known'],
    [{ model: "../x" }, "invalid_model", "model", 'model is "../x"'],
  ];
  for (const [fields, code, param, message] of generations) {
    it(`generations ${JSON.stringify(fields)}: ${code}`, async () => {
      const [status, ...rest] = await refusal(
        "generations",
        Object.assign(Object.create(null), { prompt: "x" }, fields),
      );
      expect([status, ...rest]).toEqual([400, code, param, expect.stringContaining(message)]);
    });
  }

  const picture = fileOf(PICTURE);
  const opaque = fileOf(png(96, 64, () => [0, 0, 0, 255]));
  const edits: readonly (readonly [name: string, body: () => unknown, code: string, param: string, message: string])[] =
    [
      ["no picture", () => form({ prompt: "x" }), "missing_parameter", "image", "image is missing"],
      ["no prompt", () => form({ image: picture }), "missing_parameter", "prompt", "prompt is missing"],
      [
        "several pictures",
        () => form({ prompt: "x", "image[]": [picture, picture, picture] }),
        "invalid_value",
        "image",
        "image has 3 pictures; it must be one",
      ],
      [
        "a mask that is transparent nowhere",
        () => form({ prompt: "x", image: picture, mask: opaque }),
        "invalid_value",
        "mask",
        "mask is transparent nowhere",
      ],
      [
        "a mask that is no picture",
        () => form({ prompt: "x", image: picture, mask: new File(["<svg></svg>"], "mask.png", { type: "image/png" }) }),
        "unsupported_image",
        "mask",
        "mask is an SVG drawing; it must be a PNG, JPEG or WebP picture",
      ],
      [
        "a cut picture",
        () => form({ prompt: "x", image: fileOf(PICTURE.slice(0, 60)) }),
        "invalid_image",
        "image",
        "image ",
      ],
      [
        "a number that is none",
        () => form({ prompt: "x", image: picture, n: "two" }),
        "invalid_type",
        "n",
        'n is "two"',
      ],
      ["a number out of range", () => form({ prompt: "x", image: picture, n: "11" }), "out_of_range", "n", "n is 11"],
      [
        "an unknown field",
        () => form({ prompt: "x", image: picture, "a.b[c]": "1" }),
        "unknown_parameter",
        "a.b[c]",
        "",
      ],
      [
        "a stored file",
        () => ({ prompt: "x", images: [{ file_id: "file-1" }] }),
        "invalid_value",
        "images.0.file_id",
        'images.0.file_id is "file-1"; there are no stored files here',
      ],
      ["no pictures", () => ({ prompt: "x", images: [] }), "invalid_value", "images", "images has 0 pictures"],
      ...["http://169.254.169.254/x", "https://ok@evil.example/", "file:///etc/passwd", "ftp://x/y"].map((url) =>
        [
          `an address, ${url}`,
          () => ({ prompt: "x", images: [{ image_url: url }] }),
          "url_not_supported",
          "image",
          "pictures are not fetched",
        ] as const
      ),
    ];
  for (const [name, body, code, param, message] of edits) {
    it(`edits with ${name}: ${code}`, async () => {
      const [status, ...rest] = await refusal("edits", body());
      expect([status, ...rest]).toEqual([400, code, param, expect.stringContaining(message)]);
    });
  }

  it("a model that makes no pictures over: 400 with what it can do", async () => {
    const [status, code, , message] = await refusal("variations", form({ image: picture, model: "other" }));
    expect([status, code, message]).toEqual([
      400,
      "invalid_task",
      'task is "image-to-image", which other cannot do; it can do text-to-image',
    ]);
  });

  it("and takes what clients send by themselves, null and empty fields included", async () => {
    const none = {
      n: null,
      size: null,
      quality: null,
      style: null,
      background: null,
      seed: null,
      response_format: null,
    };
    const idle = {
      user: "me",
      moderation: "low",
      quality: "xhigh",
      style: "natural",
      background: "auto",
      size: "auto",
    };
    for (const fields of [none, idle, { output_compression: 100, partial_images: 0, stream: false }]) {
      const answer = await served.post("generations", { prompt: "x", ...fields });
      expect([await answer.json(), answer.status][1]).toBe(200);
    }
    const base64 = PICTURE.toBase64();
    const mask = { image_url: `data:image/png;base64,${MASK.toBase64()}` };
    for (const image_url of [base64, `data:image/png;base64,${base64}`]) {
      const answer = await served.post("edits", { prompt: "x", images: [{ image_url }], mask });
      expect([await answer.json(), answer.status][1]).toBe(200);
    }
    const edit = await served.post(
      "edits",
      form({ prompt: "x", image: picture, n: "1", size: "", user: "", stream: "false" }),
    );
    expect([await edit.json(), edit.status][1]).toBe(200);
    expect(served.fake.requests.map(({ task }) => task)).toEqual([
      ...Array(3).fill("text-to-image"),
      ...Array(2).fill("inpainting"),
      "image-to-image",
    ]);
  });
});
