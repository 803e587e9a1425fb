import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { issueOf } from "./all_tasks.ts";
import { BOX, LEAST } from "./least_bodies.ts";

describe("values of the tasks' fields", () => {
  const wrong: [what: string, body: Record<string, unknown>, param: string, code: string, message: string][] = [
    [
      "class",
      { class: "mamals" },
      "class",
      "class_not_found",
      'class is "mamals"; did you mean "mammals"? emoji-128 has',
    ],
    ["class", { class: 3 }, "class", "class_not_found", "class is 3; emoji-128 has the classes 0 to 2, see /v1/models"],
    ["class", { class: -1 }, "class", "class_not_found", "class is -1; emoji-128 has the classes 0 to 2"],
    ["class", { class: 1.5 }, "class", "out_of_range", "class is 1.5; it must be a class's name or number"],
    ["class", { class: "" }, "class", "class_not_found", 'class is ""; '],
    ["class", { class: null }, "class", "invalid_value", "class is null; it must be a class's name or number"],
    ["class", { class: "__proto__" }, "class", "class_not_found", 'class is "__proto__"; '],
    ["boxes", { boxes: [] }, "boxes", "invalid_value", "boxes is []; it must be a list of objects such as"],
    ["boxes", { boxes: "cat" }, "boxes", "invalid_type", 'boxes is "cat"; it must be a list of objects such as'],
    [
      "boxes",
      { boxes: [BOX, BOX, BOX, BOX] },
      "boxes",
      "out_of_range",
      "boxes has 4 objects; emoji-128 takes at most 3",
    ],
    ["boxes", { boxes: Array(65).fill(BOX) }, "boxes", "invalid_value", "it must be at most 64 objects"],
    ["boxes", { boxes: [{ text: "cat" }] }, "boxes.0.box", "missing_parameter", "boxes.0.box is missing; it must be"],
    [
      "boxes",
      { boxes: [{ box: BOX.box }] },
      "boxes.0.text",
      "missing_parameter",
      "boxes.0.text is missing; it must be",
    ],
    ["boxes", { boxes: [{ ...BOX, text: " " }] }, "boxes.0.text", "invalid_value", "it must not be empty"],
    [
      "boxes",
      { boxes: [{ ...BOX, box: [0, 0, 1] }] },
      "boxes.0.box",
      "invalid_value",
      "must be [left, top, right, bottom]",
    ],
    ["boxes", { boxes: [{ ...BOX, box: [0.5, 0, 0.5, 1] }] }, "boxes.0.box", "invalid_value", "must have left < right"],
    ["boxes", { boxes: [{ ...BOX, box: [0, 0, 128, 1] }] }, "boxes.0.box.2", "out_of_range", "from 0 to 1"],
    ["boxes", { boxes: [{ ...BOX, box: [0, 0, NaN, 1] }] }, "boxes.0.box.2", "out_of_range", "from 0 to 1"],
    ["boxes", { boxes: [{ ...BOX, label: "x" }] }, "label", "unknown_parameter", '"label" is not known'],
    ["extend", { ...LEAST.inpainting, extend: [1, 2, 3] }, "extend", "invalid_value", "must be four whole numbers of"],
    [
      "extend",
      { ...LEAST.inpainting, extend: "left" },
      "extend",
      "invalid_type",
      "must be four whole numbers of pixels",
    ],
    ["extend", { ...LEAST.inpainting, extend: [-1, 0, 0, 0] }, "extend.0", "out_of_range", "a whole number from 0 to"],
    ["extend", { ...LEAST.inpainting, extend: [0.5, 0, 0, 0] }, "extend.0", "out_of_range", "a whole number from 0 to"],
    ["extend", { ...LEAST.inpainting, extend: [0, 0, 0, 1e9] }, "extend.3", "out_of_range", "a whole number from 0 to"],
    ["mask_blur", { ...LEAST.inpainting, mask_blur: -1 }, "mask_blur", "out_of_range", "must be a number from 0 to 64"],
    ["region", { ...LEAST.inpainting, region: "mask" }, "region", "invalid_value", 'must be "whole" or "masked"'],
    ["region", { ...LEAST.inpainting, region: null }, "region", "invalid_value", 'region is null; it must be "whole"'],
    ...[-1, 4097, 0.5, NaN].map((region_padding) =>
      [
        "region_padding",
        { ...LEAST.inpainting, region: "masked", region_padding },
        "region_padding",
        "out_of_range",
        "must be a whole number from 0 to 4096",
      ] as [string, Record<string, unknown>, string, string, string]
    ),
    [
      "region_padding",
      { ...LEAST.inpainting, region_padding: 8 },
      "region_padding",
      "unexpected_parameter",
      'region_padding is 8, but region is "whole"; it belongs to region "masked"',
    ],
    [
      "region",
      { ...LEAST.inpainting, region: "masked", fit: "contain" },
      "fit",
      "unexpected_parameter",
      'fit is "contain", but with region "masked" there is nothing to fit; leave it out',
    ],
    [
      "width",
      { ...LEAST.inpainting, region: "masked", width: 1e9 },
      "width",
      "invalid_size",
      "width is 1000000000, but emoji-128 makes multiples of 16 from 64 to 256; nearest is 256",
    ],
    [
      "width",
      { ...LEAST["image-to-image"], width: 1e9 },
      "width",
      "invalid_size",
      "width is 1000000000, but emoji-128",
    ],
    ["fit", { ...LEAST.inpainting, fit: "crop" }, "fit", "invalid_value", 'must be "cover" or "contain" or "stretch"'],
    ["strength", { ...LEAST.inpainting, strength: 1.1 }, "strength", "out_of_range", "must be a number from 0 to 1"],
    [
      "strength",
      { ...LEAST.inpainting, strength: 0 },
      "strength",
      "out_of_range",
      "strength is 0; with 20 steps it must be at least 0.05",
    ],
    [
      "strength",
      { ...LEAST["image-to-image"], strength: 0.04 },
      "strength",
      "out_of_range",
      "it must be at least 0.05",
    ],
    [
      "blend",
      { prompt: "x", blend: 0.5 },
      "blend",
      "invalid_value",
      "blend is 0.5, but there is nothing to blend with",
    ],
    ["blend", { prompt: "x", seed_to: 3, blend: 2 }, "blend", "out_of_range", "blend is 2; it must be a number from 0"],
    ["seed_to", { prompt: "x", seed_to: 3 }, "count", "out_of_range", "count is 1, but a way from one seed or prompt"],
    ["seed_to", { prompt: "x", seed_to: -3, count: 2 }, "seed_to", "out_of_range", "seed_to is -3; it must be a whole"],
    ["prompt_to", { prompt: "x", prompt_to: "y" }, "count", "out_of_range", "or give blend"],
    ["prompt_to", { prompt: "x", prompt_to: 4 }, "prompt_to", "invalid_type", "prompt_to is 4; it must be text"],
  ];
  for (const [what, body, param, code, message] of wrong) {
    const { image: _image, mask: _mask, ...shown } = body;
    it(`${what}, ${JSON.stringify(shown).slice(0, 60)}: ${code}`, async () => {
      const issue = await issueOf(body);
      expect(issue).toMatchObject({ param, code });
      expect(issue.message).toContain(message);
    });
  }
});
