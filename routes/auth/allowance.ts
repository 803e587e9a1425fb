import { ProblemError } from "../answers/problem.ts";
import type { KeyLimits } from "./api_key.ts";
import { LeakyBucket } from "./leaky_bucket.ts";

const MINUTE = 60_000;
const HOUR = 3_600_000;

/** A request for pictures that was let in. */
export interface Admission {
  /** Says that it does not run any more. */
  end(): void;
  /** Gives its work back, which was not done. */
  refund(): void;
}

/** What one owner has used of the limits. */
export class Allowance {
  readonly #requests: LeakyBucket;
  readonly #work: LeakyBucket;
  #running = 0;

  /** @param now clock in milliseconds */
  constructor(now: () => number = performance.now.bind(performance)) {
    this.#requests = new LeakyBucket(MINUTE, now);
    this.#work = new LeakyBucket(HOUR, now);
  }

  /**
   * Lets a request in, or says when to come back.
   *
   * @param work width · height · steps · count of its pictures
   * @param active how many jobs of the owner run or wait, those without a caller included
   * @throws {ProblemError} if it is over a limit; nothing counts then
   */
  admit(work: number, { requestsPerMinute, budget, concurrency }: KeyLimits, active = 0): Admission {
    if (concurrency !== undefined && Math.max(this.#running, active) >= concurrency) {
      throw limited(`${count(concurrency, "request")} of this key run or wait already; let one end first`, 1000);
    }
    const pause = requestsPerMinute === undefined ? 0 : this.#requests.wait(1, requestsPerMinute);
    if (pause > 0) throw limited(`This key has ${count(requestsPerMinute!, "request")} a minute`, pause);
    const rest = budget === undefined ? 0 : this.#work.wait(work, budget);
    if (rest === Infinity) {
      throw new ProblemError(
        "budget_exceeded",
        `width · height · steps · count is ${work}; this key has ${budget} an hour, so ask for less`,
      );
    }
    if (rest > 0) throw limited(`width · height · steps · count is ${work}; this key has ${budget} an hour`, rest);
    if (requestsPerMinute !== undefined) this.#requests.take(1, requestsPerMinute);
    if (budget !== undefined) this.#work.take(work, budget);
    this.#running++;
    return {
      end: () => void this.#running--,
      refund: () => budget === undefined ? undefined : this.#work.take(-work, budget),
    };
  }

  /** Tells what is left, as in draft-ietf-httpapi-ratelimit-headers-10. */
  headers({ requestsPerMinute, budget }: KeyLimits): Readonly<Record<string, string>> {
    const rows = [
      { name: "requests", quota: requestsPerMinute, period: MINUTE, bucket: this.#requests },
      { name: "work", quota: budget, period: HOUR, bucket: this.#work },
    ].flatMap(({ quota, ...row }) => quota === undefined ? [] : [{ quota, ...row }]);
    if (rows.length === 0) return {};
    return {
      "ratelimit-policy": rows.map(({ name, quota, period }) => `"${name}";q=${quota};w=${period / 1000}`).join(", "),
      ratelimit: rows.map(({ name, quota, bucket }) => `"${name}";r=${Math.floor(bucket.left(quota))}`).join(", "),
    };
  }
}

function limited(message: string, wait: number): ProblemError {
  const seconds = Math.max(1, Math.ceil(wait / 1000));
  return new ProblemError("rate_limited", `${message}; try again in ${seconds} s`, { "retry-after": String(seconds) });
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
