import type { Context, MiddlewareHandler } from "hono";
import { type GenerationRequest, workOf } from "../../pipeline/request/request.ts";
import { watchBody } from "../answers/watched_body.ts";
import { ProblemError } from "../answers/problem.ts";
import { type Admission, Allowance } from "./allowance.ts";

declare module "hono" {
  interface ContextVariableMap {
    /** Lets a request for pictures in; see {@link admit}. */
    admit: (work: number) => void;
  }
}

/** Answers that take as long as the work, or as a client likes to take. */
const STREAMED = /^(image|multipart|text\/event-stream)\b/;

/**
 * Counts a request for pictures against the limits of its key. Every route that starts work calls it, once the request is
 * known to be good and before anything is done for it.
 *
 * @throws {ProblemError} if it is over a limit
 */
export function admit(c: Context, request: GenerationRequest): void {
  c.get("admit")(workOf(request));
}

/** How requests for pictures are let in. */
export interface AdmissionOptions {
  /** Milliseconds that a client may take for the next 64 KiB of its answer. */
  readonly stall: number;
  /** Most width · height · steps · count of one request. */
  readonly maxWork: number;
  /** How many jobs of an owner run or wait; they may outlive their answers. */
  readonly active: (owner: string) => number;
}

/** Keeps an admission until the answer's last byte was taken or the client left, and ends answers that nobody reads. */
export function admission({ stall, maxWork, active }: AdmissionOptions): MiddlewareHandler {
  const allowances = new Map<string, Allowance>();
  return async (c, next) => {
    const { name, limits } = c.get("key") ?? { name: "", limits: {} };
    const allowance = allowances.getOrInsertComputed(name, () => new Allowance());
    let admitted: Admission | undefined;
    c.set("admit", (work) => {
      if (work > maxWork) {
        throw new ProblemError(
          "budget_exceeded",
          `width · height · steps · count is ${work}; this server allows at most ${maxWork}`,
        );
      }
      admitted = allowance.admit(work, limits, active(name));
    });
    await next();
    for (const [header, value] of Object.entries(allowance.headers(limits))) c.res.headers.set(header, value);
    if (c.res.status >= 400) admitted?.refund();
    if (admitted || STREAMED.test(c.res.headers.get("content-type") ?? "")) {
      c.res = watchBody(c.res, stall, () => admitted?.end());
    }
  };
}
