import { expect } from "@std/expect";
import { after, afterEach, before, beforeEach, describe, it } from "@std/testing/bdd";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type HttpServer, listen } from "../../cli/http/http_server.ts";
import { type Model, openModel } from "../../models/model.ts";
import { createGenerate } from "../../pipeline/generate.ts";
import type { Generate } from "../../pipeline/generation.ts";
import type { Jobs } from "../../pipeline/jobs/jobs.ts";
import type { Device } from "../../runtime/device.ts";
import { openDevice } from "../../runtime/open.ts";
import { digestOf } from "../../routes/auth/api_key.ts";
import { fakeJobs } from "../fakes/fake_jobs.ts";
import { FakeService } from "../fakes/fake_service.ts";
import { MODEL } from "../fakes/models.ts";
import { INFO } from "../generation/apple.ts";

/** How a client leaves: it ends its side in order, or its socket is torn down. */
const WAYS: Readonly<Record<string, (socket: Socket) => void>> = {
  FIN: (socket) => void socket.end(),
  RST: (socket) => void socket.resetAndDestroy(),
};
const STEPS = 3;
const MIXED = "Accept: multipart/mixed\r\n";
/** Where the device is when the client leaves, and what it does for that client in all. */
const PHASES: readonly [phase: string, done: readonly string[]][] = [
  ["text", ["text"]],
  ["step 1", ["text", "step 1"]],
  ["step 2", ["text", "step 1", "step 2"]],
  ["decode 1", ["text", ...Array.from({ length: STEPS }, (_, i) => `step ${i + 1}`), "decode 1"]],
];

/** A POST whose body comes after its headers, as many clients send it. */
async function post(port: number, body: Record<string, unknown>, headers = ""): Promise<Socket> {
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  await once(socket, "connect");
  const text = JSON.stringify(body);
  const type = "Content-Type: application/json\r\n";
  socket.write(
    `POST /v1/generate HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}${type}Content-Length: ${text.length}\r\n\r\n`,
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  socket.write(text);
  return socket;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe("bad inputs, row 23: a client that leaves frees the device within one step, while it is at", () => {
  let device: Device;
  let model: Model;
  let jobs: Jobs;
  let service: FakeService;
  let server: HttpServer;
  /** What the device did for the client that leaves. */
  let done: string[];
  /** Called in the middle of each. */
  let during: (what: string) => Promise<void>;

  before(async () => {
    device = await openDevice("wasm", { threads: 1 });
    model = await openModel(INFO!.folder, device);
  });
  after(async () => {
    await model[Symbol.asyncDispose]();
    await device[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    done = [];
    during = () => Promise.resolve();
    jobs = fakeJobs(createGenerate(watched(), device), { onFailure: (error) => service.failures.push(error) });
    service = new FakeService({ jobs, models: [INFO!] });
    server = await listen({ host: "127.0.0.1", port: 0 }, service.app.fetch);
  });
  afterEach(() => server.shutdown());

  /** The model, telling what is asked of it. */
  function watched(): Model {
    const tell = async <T>(what: string, result: Promise<T>): Promise<T> => {
      const number = done.filter((other) => other.startsWith(what)).length + 1;
      done.push(what === "text" ? what : `${what} ${number}`);
      await during(done.at(-1)!);
      return await result;
    };
    const text = model.conditioners.text!;
    const { denoiser, autoencoder } = model;
    return {
      ...model,
      conditioners: { ...model.conditioners, text: { ...text, encode: (...of) => tell("text", text.encode(...of)) } },
      denoiser: { ...denoiser, predict: (...of) => tell("step", denoiser.predict(...of)) },
      autoencoder: { ...autoencoder, decode: (latents) => tell("decode", autoencoder.decode(latents)) },
    };
  }

  for (const [phase, expected] of PHASES) {
    for (const [way, leave] of Object.entries(WAYS)) {
      it(`${phase} (${way})`, async () => {
        const tensors = device.counts().liveTensors;
        const left = Promise.withResolvers<void>();
        during = async (what) => {
          if (what !== phase || socket.destroyed) return;
          leave(socket);
          await until(() => jobs.active().every(({ state }) => state !== "running"));
          left.resolve();
        };
        const socket = await post(server.addr.port, { prompt: "red apple", steps: STEPS, count: 2 }, MIXED);
        await left.promise;
        await until(() => jobs.active().length === 0);
        expect(done).toEqual(expected);
        during = () => Promise.resolve();
        const next = await service.post('{"prompt":"red apple","steps":1}');
        expect([next.status, (await next.bytes()).length > 0]).toEqual([200, true]);
        expect([service.failures, device.counts().liveTensors]).toEqual([[], tensors]);
      });
    }
  }

  for (const [way, leave] of Object.entries(WAYS)) {
    it(`somebody else's picture (${way})`, async () => {
      const running = Promise.withResolvers<void>();
      const freed = Promise.withResolvers<void>();
      during = async (what) => {
        if (what !== "step 1") return;
        running.resolve();
        await freed.promise;
      };
      const first = service.post('{"prompt":"red apple","steps":1,"seed":1}');
      await running.promise;
      const socket = await post(server.addr.port, { prompt: "red apple", steps: 50 });
      await until(() => jobs.active().length === 2);
      const last = service.post('{"prompt":"red apple","steps":1,"seed":3}');
      await until(() => jobs.active().length === 3);
      leave(socket);
      await until(() => jobs.active().length === 2);
      freed.resolve();
      for (const answer of await Promise.all([first, last])) expect(answer.status).toBe(200);
      // One step for each of the others, none of the fifty.
      expect(done.filter((what) => what.startsWith("step"))).toHaveLength(2);
      expect(service.failures).toEqual([]);
    });
  }
});

describe("bad inputs, row 23: a client that leaves while its picture is being written", () => {
  const KEY = "latentd_0123456789abcdef";
  // Far more than the system holds for a reader: noise does not get smaller in a PNG.
  const noisy: Generate = async function* ({ width, height, seed }) {
    const data = new Uint8Array(3 * width * height);
    for (let at = 0; at < data.length; at += 65_536) crypto.getRandomValues(data.subarray(at, at + 65_536));
    yield {
      type: "image",
      index: 0,
      seed,
      image: { width, height, data },
      timings: { text: 1, denoise: 1, decode: 1 },
    };
  };

  for (const [way, leave] of Object.entries(WAYS)) {
    it(`gives back its place (${way})`, async () => {
      const keys = () => [{ name: "alice", sha256: digestOf(KEY), limits: { concurrency: 1 } }];
      const service = new FakeService({
        jobs: fakeJobs(noisy),
        keys,
        models: [{ ...MODEL, size: { min: 64, max: 1024 } }],
      });
      await using server = await listen({ host: "127.0.0.1", port: 0 }, service.app.fetch);
      const authorization = `Bearer ${KEY}`;
      const large = { prompt: "x", width: 1024, height: 1024, steps: 1 };
      const socket = await post(server.addr.port, large, `Authorization: ${authorization}\r\n`);
      const [head] = await once(socket, "data");
      expect(String(head)).toContain("200 OK");
      socket.pause();
      const other = async () => {
        const answer = await service.send("/v1/generate?prompt=x&width=64&height=64&steps=1", {
          headers: { authorization },
        });
        await answer.bytes();
        return answer.status;
      };
      expect(await other()).toBe(429);
      leave(socket);
      while (await other() !== 200) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(service.failures).toEqual([]);
    });
  }
});
