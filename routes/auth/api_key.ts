import { createHash, timingSafeEqual } from "node:crypto";

/** What a key's owner may ask of the server; what is absent has no limit. */
export interface KeyLimits {
  /** Requests for pictures. */
  readonly requestsPerMinute?: number | undefined;
  /** Width · height · steps · count of all pictures of an hour. */
  readonly budget?: number | undefined;
  /** Requests for pictures at the same time, those that wait included. */
  readonly concurrency?: number | undefined;
  /** 0 … 9; jobs with higher ones start first. */
  readonly priority?: number | undefined;
}

/** A key as the server knows it. The key itself is kept by its owner alone. */
export interface ApiKey {
  /** Whose key it is; owner of the jobs that come with it. */
  readonly name: string;
  /** Of the key, 32 bytes. A plain hash is enough: keys are random, so there is nothing to try out. */
  readonly sha256: Uint8Array;
  readonly limits: KeyLimits;
  /** Whether its owner may say which models are loaded; no if absent. */
  readonly isAdmin?: boolean;
}

/** Most characters of a key. */
export const MAX_KEY = 1000;

/** Draws a key of 192 random bits; its beginning lets scanners for leaked secrets find it. */
export function newKey(): string {
  return `latentd_${crypto.getRandomValues(new Uint8Array(24)).toBase64({ alphabet: "base64url" })}`;
}

/** What is stored of a key: its SHA-256. */
export function digestOf(key: string): Uint8Array {
  return createHash("sha256").update(key).digest();
}

/** Whose key this is; takes the same time whether it is anyone's or not. */
export function findKey(keys: readonly ApiKey[], key: string): ApiKey | undefined {
  const digest = digestOf(key);
  return keys.filter(({ sha256 }) => timingSafeEqual(sha256, digest)).at(0);
}
