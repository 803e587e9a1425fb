import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { choiceOf, CHOICES, choicesOf, fieldsOf, toBody } from "./fields.js";

const MODEL = { id: "m", tasks: ["text-to-image", "inpainting"], max_tokens: 24 };

describe("the page's fields", () => {
  it("are those of the tasks that the model has, outpainting where it has inpainting", () => {
    expect(choicesOf(MODEL)).toEqual(["text-to-image", "inpainting", "outpainting"]);
    expect(fieldsOf("outpainting", MODEL)).toEqual(expect.arrayContaining(["prompt", "image", "extend"]));
    expect(fieldsOf("outpainting", MODEL)).not.toContain("mask");
    expect(fieldsOf("text-to-image", MODEL)).not.toContain("image");
  });

  it("have no prompt with a model that takes none", () => {
    expect(fieldsOf("text-to-image", { ...MODEL, max_tokens: 0 }).filter((name) => /prompt/.test(name))).toEqual([]);
  });

  it("become a body: what is empty or of another task is left out, numbers are numbers, 0 among them", () => {
    const values = {
      model: "m",
      prompt: "x",
      negative_prompt: "",
      guidance: "0",
      steps: "",
      seed: "0",
      image: "data:,",
      count: "2",
    };
    expect(toBody("text-to-image", MODEL, values)).toEqual({
      task: "text-to-image",
      model: "m",
      prompt: "x",
      guidance: 0,
      seed: 0,
      count: 2,
    });
    expect(toBody("outpainting", MODEL, { image: "data:,", extend: [0, 0, 8, 0] }))
      .toEqual({ task: "inpainting", image: "data:,", extend: [0, 0, 8, 0] });
  });

  it("a request leads back to its choice", () => {
    expect(choiceOf({ task: "inpainting" })).toBe("inpainting");
    expect(choiceOf({ task: "inpainting", extend: [0, 0, 8, 0] })).toBe("outpainting");
    for (const [name, { task }] of Object.entries(CHOICES)) {
      if (name !== "outpainting") expect(choiceOf({ task })).toBe(name);
    }
  });
});
