import { describe, it } from "@std/testing/bdd";
import { FakeService, JSON_TYPE } from "../fakes/fake_service.ts";

/** One of the inputs that a server must survive; rows are those of the table in docs/operate.md. */
export interface BadInput {
  readonly row: number;
  readonly what: string;
  /** `/v1/generate` if absent. */
  readonly path?: string;
  /** POST if absent. */
  readonly method?: string;
  /** The headers of a JSON body if absent; a Host that is ours comes to them. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: BodyInit;
  readonly status: number;
  readonly code: string;
}

/** A good request. */
export const GOOD = '{"prompt":"x","steps":1}';

/** Makes a test of each: status and code are right, the body is a problem document, and no work was done. */
export function describeBadInputs(
  name: string,
  inputs: readonly BadInput[],
  open: () => FakeService = () => new FakeService(),
): void {
  describe(`bad inputs, ${name}`, () => {
    for (const { row, what, path = "/v1/generate", method = "POST", status, code, ...given } of inputs) {
      it(`row ${row}: ${what}: ${status} ${code}`, async () => {
        const service = open();
        const headers = { ...given.headers ?? JSON_TYPE };
        const body = method === "GET" ? null : given.body ?? GOOD;
        await service.refusal(await service.send(path, { method, headers, body }), status, code);
      });
    }
  });
}
