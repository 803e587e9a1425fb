import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import { readModelInfo } from "../models/model_info.ts";
import { openGenerate } from "../pipeline/worker/worker_client.ts";

const INFO = await readModelInfo(fileURLToPath(new URL("models/tiny-sd", import.meta.url)));
const TASKS = "/proc/self/task";

/** Threads of this process that run workers, those of WebAssembly included. */
function workers(): readonly string[] {
  return [...Deno.readDirSync(TASKS)].map(({ name }) => nameOf(name)).filter((name) => name.startsWith("worker-"));
}

/** What a thread calls itself; nothing if it ended since it was listed. */
function nameOf(id: string): string {
  try {
    return Deno.readTextFileSync(`${TASKS}/${id}/comm`).trim();
  } catch {
    return "";
  }
}

describe("an inference worker that is closed", () => {
  if (Deno.build.os !== "linux") {
    console.log(`skipped: threads can be counted on Linux only, not on ${Deno.build.os}`);
    return;
  }

  it("leaves no thread behind, for each would keep the model's memory", async () => {
    const before = workers().length;
    for (let i = 0; i < 2; i++) {
      const generator = await openGenerate({ model: INFO, device: "wasm", threads: 3 });
      // The worker itself, and the runtime's threads beside it.
      expect(workers().length).toBe(before + 3);
      await generator[Symbol.asyncDispose]();
      for (let wait = 0; wait < 500 && workers().length > before; wait++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(workers().length).toBe(before);
    }
  });
});
