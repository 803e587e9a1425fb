import { expect } from "@std/expect";
import { after, before, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { type ModelInfo, readModelInfo } from "../models/model_info.ts";
import { TASK_NAMES, type TaskName } from "../models/task_names.ts";
import { type Generator, openGenerator } from "../pipeline/generator.ts";
import type { Pixels } from "../pipeline/images/pixels.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import { isTrainingAbsent, runTraining } from "./fakes/training.ts";
import { plainPng } from "./tasks/all_tasks.ts";

const SIZE = 64;
/** What the toy model is asked for each task. */
const REQUESTS: Readonly<Record<TaskName, object>> = {
  "text-to-image": { prompt: "a red circle" },
  "image-to-image": { prompt: "a blue square", image: await plainPng(SIZE, SIZE) },
  "inpainting": {
    prompt: "a red circle",
    image: await plainPng(SIZE, SIZE),
    mask: await plainPng(SIZE, SIZE, [255, 255, 255]),
  },
  "super-resolution": { image: await plainPng(SIZE / 4, SIZE / 4) },
  "class-conditional": { class: "circle" },
  "unconditional": {},
  "layout-to-image": { boxes: [{ text: "red circle", box: [0, 0, 0.5, 1] }] },
};

const isAbsent = await isTrainingAbsent();

describe("training", { skip: isAbsent }, () => {
  let folder: string;
  let tests: Promise<string>;
  before(async () => {
    folder = await Deno.makeTempDir();
    // They use one core, and so does what follows.
    tests = runTraining("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests");
    tests.catch(() => {}); // told where it is awaited
  });
  after(() => Deno.remove(folder, { recursive: true }));

  describe("in one command", () => {
    before(async () => {
      await runTraining("-m", "latentd_training.shapes", join(folder, "shapes"));
      await chain(folder, "kl", (toml) => toml);
    });

    it("judges the pictures that latentd made", async () => {
      const table = await Deno.readTextFile(join(folder, "kl", "pictures-model", "figures.md"));
      const rows = table.trimEnd().split("\n").slice(2).map((line) => line.split("|").map((cell) => cell.trim()));
      expect(rows.map(([, prompts]) => prompts)).toEqual(["train", "held-out", "all"]);
      for (const [, , count, frechet] of rows) {
        expect(Number(count)).toBeGreaterThan(0);
        expect(frechet).toMatch(/^\d+\.\d \(\d+\.\d\)$/);
      }
    });

    it("makes a model that draws for every task", async () => {
      const info = await readModelInfo(join(folder, "kl", "model"));
      expect([...info.tasks].sort()).toEqual([...TASK_NAMES].sort());
      expect(info).toMatchObject({ name: "toy-64", defaults: { steps: 20, guidance: 4, width: SIZE, height: SIZE } });
      expect(info.classes).toEqual(["other", "circle", "square"]);
      await drawsEveryTask(info);
    });

    it("makes a student that draws for every task in few steps without guidance", async () => {
      const info = await readModelInfo(join(folder, "kl", "model-few-steps"));
      expect(info).toMatchObject({ name: "toy-64-few-steps", defaults: { steps: 4, guidance: 1 } });
      await drawsEveryTask(info);
    });

    it("makes a model with a codebook that draws for every task", async () => {
      await chain(
        folder,
        "vq",
        (toml) =>
          toml.replace('kind = "kl"', 'kind = "vq"\ncodebook_size = 32').replace("judged = 16", "judged = 0")
            .replace(/\[distill\][^]*(?=\[evaluator\])/, ""),
      );
      await drawsEveryTask(await readModelInfo(join(folder, "vq", "model")));
    });
  });

  it("passes its own tests", async () => {
    const [summary = ""] = (await tests).trimEnd().split("\n").slice(-1);
    console.log(`pytest training/tests: ${summary}`);
    expect(summary).toMatch(/^\d+ passed/);
    expect(summary).not.toMatch(/failed|error|skipped/);
  });
});

/** Runs configs/toy.toml, changed, on the shapes in `folder`. */
async function chain(folder: string, name: string, change: (toml: string) => string): Promise<void> {
  const toml = await Deno.readTextFile(new URL("../training/configs/toy.toml", import.meta.url));
  const config = join(folder, `${name}.toml`);
  const here = toml.replace('"data/shapes"', JSON.stringify(join(folder, "shapes")))
    .replace('"runs/toy"', JSON.stringify(join(folder, name)));
  const latentd = `latentd = ${JSON.stringify(`${Deno.execPath()} task native`)}\n`;
  await Deno.writeTextFile(config, latentd + change(here));
  await runTraining("-m", "latentd_training.chain", config, "--threads", "1");
}

/** Pictures of the right size that are not all one colour, as an untrained or a broken decoder's would not be. */
async function drawsEveryTask(info: ModelInfo): Promise<void> {
  await using generator = await openGenerator({ model: info, device: "auto", threads: 1 });
  for (const task of info.tasks) {
    const { request } = await readRequest({ task, ...REQUESTS[task], seed: 0, steps: 4 }, [info]);
    const { width, height, data } = await picture(generator, request);
    expect({ task, width, height }).toEqual({ task, width: SIZE, height: SIZE });
    expect({ task, colours: new Set(data).size > 8 }).toEqual({ task, colours: true });
  }
}

async function picture(generator: Generator, request: Parameters<Generator["generate"]>[0]): Promise<Pixels> {
  for await (const event of generator.generate(request, { signal: new AbortController().signal })) {
    if (event.type === "image") return event.image;
  }
  throw new Error("No picture");
}
