import { run } from "../../cli/run.ts";
import { readSettings, type StoreSettings } from "../../models/store/settings.ts";
import type { Output, World } from "../../cli/world.ts";
import { openFirstStage } from "../../pipeline/first_stage/first_stage.ts";
import type { OpenOptions } from "../../pipeline/worker/worker_messages.ts";
import { memoryStore } from "./fake_jobs.ts";
import { FakeGenerate } from "./fake_generate.ts";
import { MODEL } from "./models.ts";

/** A stream that keeps what was written. */
export class FakeOutput implements Output {
  readonly #parts: Uint8Array[] = [];
  terminal = false;

  write(data: string | Uint8Array): Promise<void> {
    this.#parts.push(typeof data === "string" ? new TextEncoder().encode(data) : data.slice());
    return Promise.resolve();
  }

  isTerminal(): boolean {
    return this.terminal;
  }

  /** All that was written. */
  get bytes(): Uint8Array {
    return Uint8Array.from(this.#parts.flatMap((part) => [...part]));
  }

  /** All that was written, as text. */
  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }
}

/** What commands need from outside, without a process or a model. */
export class FakeWorld implements World {
  readonly version = "latentd 9.9.9";
  readonly fake = new FakeGenerate();
  readonly stdout = new FakeOutput();
  readonly stderr = new FakeOutput();
  readonly interrupt = new AbortController();
  readonly signal = this.interrupt.signal;
  /** The environment. */
  readonly variables: Record<string, string> = {};
  readonly env = (name: string): string | undefined => this.variables[name];
  /** No network, no places; tests of the store set their own. */
  store: StoreSettings = readSettings((name) => name === "HF_HUB_OFFLINE" ? "1" : undefined);
  /** Fast, so that tests of broken connections are. */
  readonly patience = { attempts: 4, pause: 1, stall: 500 };
  /** Every model that was opened. */
  readonly opened: OpenOptions[] = [];
  /** How many of those were closed again. */
  closed = 0;
  /** Why no model can be opened. */
  obstacle: Error | undefined;

  readonly findModels: World["findModels"] = () => Promise.resolve([MODEL]);
  readonly readModel = (folder: string) => Promise.resolve({ ...MODEL, name: "mine", folder });
  /** Memory of the machine, and what each model takes of it. */
  readonly memory = () => 24e9;
  readonly modelBytes: World["modelBytes"] = () => Promise.resolve(100e6);
  readonly openFirstStage: World["openFirstStage"] = openFirstStage;
  readonly openGenerate: World["openGenerate"] = (options) => {
    this.opened.push(options);
    return this.obstacle ? Promise.reject(this.obstacle) : Promise.resolve({
      device: { name: "wasm", description: "2 threads" },
      model: options.model,
      plan: "whole",
      generate: this.fake.generate,
      lost: new Promise(() => {}),
      [Symbol.asyncDispose]: () => {
        this.closed++;
        return Promise.resolve();
      },
    });
  };

  readonly openState: World["openState"] = () => Promise.resolve(memoryStore());

  /** Runs a command line and gives its exit code. */
  run(...args: readonly string[]): Promise<number> {
    return run(args, this);
  }
}
