import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { readGzip } from "../../tests/reference/tokens.ts";
import { emphasize } from "./emphasis.ts";

interface Reference {
  readonly source: string;
  readonly emphasis: { readonly hidden: number[]; readonly weights: number[]; readonly result: number[] };
}

const { source, emphasis }: Reference = JSON.parse(await readGzip("tokens_a1111.json.gz"));

describe("emphasize", () => {
  it(`gives the hidden states that ${source} gives`, () => {
    const result = emphasize(Float32Array.from(emphasis.hidden), emphasis.weights);
    expect(result.length).toBe(emphasis.result.length);
    for (const [i, value] of result.entries()) expect(value).toBeCloseTo(emphasis.result[i]!, 5);
  });

  it("keeps hidden states whose weighted mean is zero finite", () => {
    expect([...emphasize(Float32Array.of(1, 2), [2, -1])]).toEqual([2, -2]);
  });

  it("refuses hidden states that are no whole rows", () => {
    expect(() => emphasize(new Float32Array(5), [1, 1])).toThrow(RangeError);
  });
});
