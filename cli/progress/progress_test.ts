import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { Progress } from "./progress.ts";

describe("Progress", () => {
  let shown: string[];
  let time: number;
  const make = (count: number, terminal = true) => {
    const write = (text: string | Uint8Array) => Promise.resolve(void shown.push(String(text)));
    return new Progress({ write, isTerminal: () => terminal }, count, () => time);
  };

  beforeEach(() => {
    shown = [];
    time = 0;
  });

  it("tells steps, share and the time that is left, measured from the end of the first step", async () => {
    const progress = make(1);
    time = 60_000; // loading does not count
    await progress.step([0], 1, 4);
    time += 2000;
    await progress.step([0], 2, 4);
    expect(shown).toEqual([
      "\r\x1b[K██████░░░░░░░░░░░░░░░░░░ 25 %  step 1/4",
      "\r\x1b[K████████████░░░░░░░░░░░░ 50 %  step 2/4  ETA 4.0 s",
    ]);
  });

  it("counts batches of pictures as parts of the whole", async () => {
    const progress = make(8);
    await progress.step([0, 1, 2, 3], 4, 4);
    time = 90_000;
    await progress.step([4, 5, 6, 7], 1, 4);
    expect(shown[1]).toBe("\r\x1b[K███████████████░░░░░░░░░ 62 %  step 1/4  picture 5–8 of 8  ETA 5 min");
  });

  it("is silent where nobody looks", async () => {
    const progress = make(1, false);
    await progress.step([0], 1, 4);
    await progress.clear();
    expect(shown).toEqual([]);
  });
});
