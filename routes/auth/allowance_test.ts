import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { Allowance } from "./allowance.ts";

describe("Allowance", () => {
  let time: number;
  let allowance: Allowance;

  beforeEach(() => {
    time = 0;
    allowance = new Allowance(() => time);
  });

  const refusalOf = (work: number, limits: Parameters<Allowance["admit"]>[1]) => {
    try {
      allowance.admit(work, limits);
    } catch (error) {
      const { code, message, headers } = error as { code: string; message: string; headers: Record<string, string> };
      return { code, message, after: headers["retry-after"] };
    }
    return undefined;
  };

  it("lets everything in without limits", () => {
    for (let i = 0; i < 1000; i++) allowance.admit(1e12, {});
    expect(allowance.headers({})).toEqual({});
  });

  it("lets so many requests in a minute, then one each time one fits again", () => {
    const limits = { requestsPerMinute: 6 };
    for (let i = 0; i < 6; i++) allowance.admit(1, limits).end();
    expect(refusalOf(1, limits)).toEqual({
      code: "rate_limited",
      message: "This key has 6 requests a minute; try again in 10 s",
      after: "10",
    });
    time = 9_999;
    expect(refusalOf(1, limits)?.after).toBe("1");
    time = 10_000;
    allowance.admit(1, limits);
    expect(refusalOf(1, limits)?.after).toBe("10");
    time = 1e9;
    for (let i = 0; i < 6; i++) allowance.admit(1, limits);
    expect(refusalOf(1, limits)?.code).toBe("rate_limited");
  });

  it("lets so much work in an hour, and gives back what was not done", () => {
    const limits = { budget: 3600 };
    allowance.admit(3000, limits);
    expect(refusalOf(700, limits)).toEqual({
      code: "rate_limited",
      message: "width · height · steps · count is 700; this key has 3600 an hour; try again in 100 s",
      after: "100",
    });
    const small = allowance.admit(600, limits);
    expect(refusalOf(1, limits)?.after).toBe("1");
    small.refund();
    allowance.admit(600, limits);
  });

  it("refuses what would never fit in other words", () => {
    expect(refusalOf(3601, { budget: 3600 })).toEqual({
      code: "budget_exceeded",
      message: "width · height · steps · count is 3601; this key has 3600 an hour, so ask for less",
      after: undefined,
    });
  });

  it("lets so many in at the same time", () => {
    const limits = { concurrency: 2 };
    const first = allowance.admit(1, limits);
    allowance.admit(1, limits);
    expect(refusalOf(1, limits)).toMatchObject({ code: "rate_limited", after: "1" });
    first.end();
    expect(() => allowance.admit(1, limits, 2)).toThrow("2 requests of this key run or wait already");
    allowance.admit(1, limits, 1);
    expect(refusalOf(1, limits)).toMatchObject({ code: "rate_limited" });
  });

  it("counts nothing for what it refuses", () => {
    const limits = { requestsPerMinute: 2, budget: 100, concurrency: 1 };
    const first = allowance.admit(60, limits);
    for (let i = 0; i < 5; i++) expect(refusalOf(1, limits)?.code).toBe("rate_limited");
    first.end();
    for (let i = 0; i < 5; i++) expect(refusalOf(50, limits)?.message).toContain("100 an hour");
    allowance.admit(40, limits);
  });

  it("tells what is left in the fields of the IETF draft", () => {
    const limits = { requestsPerMinute: 10, budget: 1000 };
    allowance.admit(250, limits);
    expect(allowance.headers(limits)).toEqual({
      "ratelimit-policy": '"requests";q=10;w=60, "work";q=1000;w=3600',
      ratelimit: '"requests";r=9, "work";r=750',
    });
  });

  it("follows limits that change", () => {
    for (let i = 0; i < 5; i++) allowance.admit(1, { requestsPerMinute: 5 });
    expect(refusalOf(1, { requestsPerMinute: 5 })?.code).toBe("rate_limited");
    allowance.admit(1, { requestsPerMinute: 50 });
    expect(refusalOf(1, { requestsPerMinute: 2 })?.code).toBe("rate_limited");
  });
});
