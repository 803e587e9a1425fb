import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { traceIdOf } from "./trace_parent.ts";

const ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

describe("traceIdOf", () => {
  it("reads the examples of W3C Trace Context", () => {
    expect(traceIdOf(`00-${ID}-${SPAN}-01`)).toBe(ID);
    expect(traceIdOf(`00-${ID}-${SPAN}-00`)).toBe(ID);
    expect(traceIdOf(`cc-${ID}-${SPAN}-01-what-the-future-will-be-like`)).toBe(ID);
  });

  it("takes nothing that the specification calls invalid", () => {
    const wrong = [
      undefined,
      "",
      `00-${ID}-${SPAN}`,
      `ff-${ID}-${SPAN}-01`,
      `00-${"0".repeat(32)}-${SPAN}-01`,
      `00-${ID}-${"0".repeat(16)}-01`,
      `00-${ID.toUpperCase()}-${SPAN}-01`,
      `00-${ID}-${SPAN}-01-more`,
      `00-${ID}x-${SPAN}-01`,
      `00-${ID}-${SPAN}-01\n`,
    ];
    for (const header of wrong) expect([header, traceIdOf(header)]).toEqual([header, undefined]);
  });
});
