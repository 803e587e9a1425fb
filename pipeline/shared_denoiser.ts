import type { Conditioning, Denoiser } from "../models/components.ts";
import { disposeConditioning, gather } from "../models/conditioning.ts";
import type { Device } from "../runtime/device.ts";
import { elements, type Latents, type Tensor } from "../runtime/tensor.ts";
import type { Turns } from "../runtime/turns.ts";
import type { GenerateOptions } from "./generation.ts";
import { messagesIn } from "./messages_in.ts";

/** A denoiser that somebody else disposes. */
export type BorrowedDenoiser = Omit<Denoiser, keyof AsyncDisposable>;

/** An evaluation that waits for its turn. */
interface Waiting {
  readonly input: Latents;
  readonly timesteps: readonly number[];
  readonly given: Conditioning;
  readonly signal: AbortSignal;
  readonly onEvaluation: GenerateOptions["onEvaluation"];
  readonly predicted: PromiseWithResolvers<Latents>;
}

/**
 * One denoiser for all requests that run at once: evaluations that wait together are joined along the batch and run as
 * one, whatever step each request is at. So a request joins or leaves between any two steps, and knows of no other.
 *
 * Who has waited longest goes first and takes those along whose shapes are the same, in the order they came.
 */
export class SharedDenoiser {
  readonly #device: Device;
  readonly #denoiser: BorrowedDenoiser;
  readonly #turns: Turns;
  readonly #most: number;
  #waiting: readonly Waiting[] = [];
  #isCalled = false;

  /**
   * @param turns shared with the work that requests do between steps, so that those who do it are back for the next one
   * @param most rows of a joint evaluation; a request's own may have more
   */
  constructor(device: Device, denoiser: BorrowedDenoiser, turns: Turns, most: number) {
    this.#device = device;
    this.#denoiser = denoiser;
    this.#turns = turns;
    this.#most = most;
  }

  /** The denoiser as one request sees it: an evaluation that waits throws the signal's reason once it is aborted. */
  until(signal: AbortSignal, onEvaluation?: GenerateOptions["onEvaluation"]): BorrowedDenoiser {
    const { inputChannels, perRowTimesteps } = this.#denoiser;
    return {
      inputChannels,
      perRowTimesteps,
      predict: (input, timesteps, given) => {
        const predicted = Promise.withResolvers<Latents>();
        this.#waiting = [...this.#waiting, { input, timesteps, given, signal, onEvaluation, predicted }];
        this.#callTurn();
        return predicted.promise;
      },
    };
  }

  /** One turn at a time: a second would come before the work of those who do something else between steps. */
  #callTurn(): void {
    if (this.#isCalled) return;
    this.#isCalled = true;
    void this.#turns.take(() => this.#takeTurn());
  }

  async #takeTurn(): Promise<void> {
    await messagesIn();
    this.#isCalled = false;
    for (const { predicted, signal } of this.#remove(({ signal }) => signal.aborted)) predicted.reject(signal.reason);
    const [first] = this.#waiting;
    if (!first) return;
    const kind = this.#kindOf(first);
    let rows = 0;
    const together = this.#remove((each) => {
      const joins = each === first || (rows + each.timesteps.length <= this.#most && this.#kindOf(each) === kind);
      if (joins) rows += each.timesteps.length;
      return joins;
    });
    if (this.#waiting.length > 0) this.#callTurn();
    await this.#settle(together);
  }

  /** What fails in company is repeated alone, so that an error stays with the request that causes it. */
  async #settle(together: readonly Waiting[]): Promise<void> {
    try {
      const start = performance.now();
      const results = await this.#evaluate(together);
      const rows = together.reduce((sum, { timesteps }) => sum + timesteps.length, 0);
      together[0]!.onEvaluation?.({ requests: together.length, rows, time: performance.now() - start });
      together.forEach(({ predicted }, index) => predicted.resolve(results[index]!));
    } catch (error) {
      if (together.length === 1) return together[0]!.predicted.reject(error);
      for (const alone of together) await this.#settle([alone]);
    }
  }

  async #evaluate(together: readonly Waiting[]): Promise<readonly Latents[]> {
    const device = this.#device;
    const [{ input, timesteps, given }] = together as readonly [Waiting];
    if (together.length === 1) return [await this.#denoiser.predict(input, timesteps, given)];
    using inputs = join(device, together.map(({ input }) => input));
    using stack = new DisposableStack();
    const all = gather(
      device,
      together.flatMap(({ timesteps, given }) => timesteps.map((_, row) => ({ of: given, row }))),
    );
    stack.defer(() => disposeConditioning(all));
    using predicted = await this.#denoiser.predict(inputs, together.flatMap(({ timesteps }) => timesteps), all);
    return split(device, predicted, together.map(({ timesteps }) => timesteps.length));
  }

  /** Equal for evaluations that can be joined. */
  #kindOf({ input, timesteps, given }: Waiting): string {
    const shapes = Object.entries<Tensor>({ input, ...given }).map(([name, { dims }]) => [name, ...dims.slice(1)]);
    return JSON.stringify([this.#denoiser.perRowTimesteps ? [] : timesteps[0], shapes]);
  }

  #remove(chosen: (evaluation: Waiting) => boolean): readonly Waiting[] {
    const { yes = [], no = [] } = Object.groupBy(this.#waiting, (each) => chosen(each) ? "yes" : "no");
    this.#waiting = no;
    return yes;
  }
}

/** [B₁, C, h, w], [B₂, C, h, w] … to [B₁ + B₂ + …, C, h, w]. */
function join(device: Device, parts: readonly Latents[]): Latents {
  const rows = parts.reduce((sum, { dims }) => sum + dims[0]!, 0);
  const slices = parts.map((of) => ({ of, start: 0, length: elements(of.dims) }));
  return device.assemble("B C h w", [rows, ...parts[0]!.dims.slice(1)], slices);
}

/** The way back: so many rows for each. */
function split(device: Device, of: Latents, counts: readonly number[]): readonly Latents[] {
  const dims = of.dims.slice(1);
  const row = elements(dims);
  let start = 0;
  return counts.map((count) => {
    const length = count * row;
    const slice = { of, start, length };
    start += length;
    return device.assemble("B C h w", [count, ...dims], [slice]);
  });
}
