import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { type Waiting, WaitingLine } from "./waiting_line.ts";

/** Someone who waits: owner, number among the owner's and priority, as in `a1!5`. */
interface One extends Waiting {
  readonly name: string;
}

const one = (name: string, priority = 5): One => ({ name, owner: name[0]!, priority });
const lineOf = (...ones: readonly One[]) => {
  const line = new WaitingLine<One>();
  for (const one of ones) line.add(one);
  return line;
};
const takeAll = (line: WaitingLine<One>) => {
  const names: string[] = [];
  for (let next = line.take(); next; next = line.take()) names.push(next.name);
  return names;
};

describe("WaitingLine", () => {
  it("takes one owner's in the order they came", () => {
    expect(takeAll(lineOf(one("a1"), one("a2"), one("a3")))).toEqual(["a1", "a2", "a3"]);
  });

  it("lets owners take turns, however many one of them has", () => {
    const line = lineOf(one("a1"), one("a2"), one("a3"), one("a4"), one("b1"), one("c1"), one("b2"));
    expect(takeAll(line)).toEqual(["a1", "b1", "c1", "a2", "b2", "a3", "a4"]);
  });

  it("remembers whose turn was last when new ones come", () => {
    const line = lineOf(one("a1"));
    expect(line.take()?.name).toBe("a1");
    for (const name of ["a2", "a3", "b1"]) line.add(one(name));
    expect(takeAll(line)).toEqual(["b1", "a2", "a3"]);
  });

  it("takes higher priorities first", () => {
    const line = lineOf(one("a1", 0), one("a2", 9), one("b1", 5), one("b2", 9), one("a3", 9));
    expect(takeAll(line)).toEqual(["a2", "b2", "a3", "b1", "a1"]);
  });

  it("tells the order in which it takes, keeps owners' orders, and serves nobody twice before another once", () => {
    const waiting = fc.array(fc.record({ owner: fc.constantFrom("a", "b", "c"), priority: fc.nat(2) }), {
      maxLength: 20,
    });
    fc.assert(fc.property(waiting, waiting, fc.nat(10), (first, second, taken) => {
      const line = new WaitingLine<Waiting & { readonly index: number }>();
      const all = [...first, ...second].map((each, index) => ({ ...each, index }));
      for (const each of all.slice(0, first.length)) line.add(each);
      for (let i = 0; i < taken; i++) line.take();
      for (const each of all.slice(first.length)) line.add(each);

      const told = line.order();
      expect(told).toHaveLength(line.size);
      const order = told.map(() => line.take()!);
      expect(order).toEqual(told);
      expect(line.take()).toBeUndefined();
      for (const [at, later] of order.entries()) {
        const before = order.slice(0, at);
        expect(before.every(({ priority }) => priority >= later.priority)).toBe(true);
        const peers = before.filter(({ priority }) => priority === later.priority);
        expect(peers.every(({ owner, index }) => owner !== later.owner || index < later.index)).toBe(true);
        // As long as an owner waits, nobody else of the same priority comes twice.
        const waited = peers.slice(peers.findLastIndex(({ owner }) => owner === later.owner) + 1);
        const counts = Object.values(Object.groupBy(waited, ({ owner }) => owner)).map((some) => some!.length);
        expect(Math.max(0, ...counts)).toBeLessThanOrEqual(1);
      }
    }));
  });

  it("lets go who leaves", () => {
    const [a, b] = [one("a1"), one("b1")];
    const line = lineOf(a, b);
    expect([line.remove(a), line.remove(a), line.size]).toEqual([true, false, 1]);
    expect(takeAll(line)).toEqual(["b1"]);
  });
});
