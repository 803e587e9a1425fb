import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { digestOf, findKey, newKey } from "./api_key.ts";

describe("API keys", () => {
  it("have at least 160 random bits, never the same", () => {
    const keys = Array.from({ length: 1000 }, newKey);
    for (const key of keys) {
      const [, random = ""] = /^latentd_([\w-]+)$/.exec(key)!;
      expect(8 * Uint8Array.fromBase64(random, { alphabet: "base64url" }).length).toBeGreaterThanOrEqual(160);
    }
    expect(new Set(keys).size).toBe(1000);
    // Each of the 192 bits must come out both ways; that one does not is 2^-999 likely.
    const bytes = keys.map((key) => Uint8Array.fromBase64(key.slice(8), { alphabet: "base64url" }));
    for (let bit = 0; bit < 192; bit++) {
      expect(new Set(bytes.map((of) => of[bit >> 3]! >> (bit & 7) & 1)).size).toBe(2);
    }
  });

  it("are stored as SHA-256", () => {
    // FIPS 180-4, the example "abc".
    expect(digestOf("abc").toHex()).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });

  it("are found among others, wherever they stand", () => {
    const keys = ["a", "b", "c"].map((name) => ({ name, sha256: digestOf(`key of ${name}`), limits: {} }));
    for (const { name } of keys) expect(findKey(keys, `key of ${name}`)?.name).toBe(name);
    for (const wrong of ["", "key of d", "key of ", "key of aa", keys[0]!.sha256.toHex()]) {
      expect(findKey(keys, wrong)).toBeUndefined();
    }
    expect(findKey([], "key of a")).toBeUndefined();
  });
});
