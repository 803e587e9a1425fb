import type { Conditioner, Conditioning, ConditioningOptions } from "../../../models/components.ts";
import { disposeConditioning, gather } from "../../../models/conditioning.ts";
import type { Model } from "../../../models/model.ts";
import type { Device } from "../../../runtime/device.ts";
import type { Tensor } from "../../../runtime/tensor.ts";
import { blendOf, type GenerationRequest } from "../../request/request.ts";

/** What the pictures of a request are conditioned on. */
export interface Conditions extends Disposable {
  readonly notices: readonly string[];
  /** Rows for some of the request's images; the empty condition too, if there is guidance. */
  rows(images: readonly number[]): Promise<{ readonly given: Conditioning; readonly ungiven?: Conditioning }>;
}

/** Conditions that are prompts; none at all where the model takes no text. */
export async function textConditions(request: GenerationRequest, model: Model, device: Device): Promise<Conditions> {
  const { text } = model.conditioners;
  if (!text) return noConditions();
  const { prompt, negative_prompt, prompt_to } = request;
  const wanted = prompt_to === undefined ? [given(prompt)] : [given(prompt), given(prompt_to)];
  const isDistilled = model.info.isGuidanceDistilled ?? false;
  const texts = { wanted, empty: given(negative_prompt), fields: TEXT_FIELDS };
  return await encodeConditions(text, { ...texts, isDistilled, request, device });
}

/** No text is the empty condition, which some models do not encode. */
const given = (text: string) => text === "" ? undefined : text;

const TEXT_FIELDS = ["negative_prompt", "prompt", "prompt_to"] as const;

/** Conditions of another kind than text: a class or a layout. */
export function otherConditions<Input>(
  conditioner: Conditioner<Input>,
  wanted: Input | undefined,
  request: GenerationRequest,
  device: Device,
): Promise<Conditions> {
  const inputs = { wanted: [wanted], empty: undefined, fields: [], isDistilled: false };
  return encodeConditions(conditioner, { ...inputs, request, device });
}

function noConditions(): Conditions {
  return { notices: [], rows: () => Promise.resolve({ given: {} }), [Symbol.dispose]: () => {} };
}

interface Wanted<Input> {
  /** What is asked for, and where to go from there. */
  readonly wanted: readonly (Input | undefined)[];
  /** What guidance leads away from. */
  readonly empty: Input | undefined;
  /** Names of the inputs, the empty one first. */
  readonly fields: readonly string[];
  /** Whether the model was distilled with guidance and is told its scale instead of the empty condition. */
  readonly isDistilled: boolean;
  readonly request: GenerationRequest;
  readonly device: Device;
}

async function encodeConditions<Input>(
  conditioner: Conditioner<Input>,
  { wanted, empty, fields, isDistilled, request, device }: Wanted<Input>,
): Promise<Conditions> {
  const { width, height, guidance, emphasis, clip_skip } = request;
  const options: ConditioningOptions = { width, height, guidance, emphasis, ...(clip_skip && { clipSkip: clip_skip }) };
  // Guidance between two equal conditions changes nothing.
  const guided = !isDistilled && guidance !== 1 && wanted.some((each) => each !== empty);
  const inputs = guided ? [empty, ...wanted] : wanted;
  const { given: all, cut } = await conditioner.encode(inputs, options);
  const first = guided ? 1 : 0;
  const notices = cut.flatMap((tokens, row) =>
    tokens === 0 ? [] : [`${fields[row + 1 - first]} is too long for the model: its last ${tokens} tokens were cut`]
  );
  return {
    notices,
    async rows(images) {
      const given = wanted.length === 1
        ? gather(device, images.map(() => ({ of: all, row: first })))
        : await blendRows(device, all, first, images.map((image) => blendOf(request, image)));
      if (!guided) return { given };
      return { given, ungiven: gather(device, images.map(() => ({ of: all, row: 0 }))) };
    },
    [Symbol.dispose]: () => disposeConditioning(all),
  };
}

/** Rows on the straight way from row `first` to the one after it. */
async function blendRows(
  device: Device,
  all: Conditioning,
  first: number,
  blends: readonly number[],
): Promise<Conditioning> {
  const fields = Object.entries<Tensor>({ ...all });
  return Object.fromEntries(
    await Promise.all(fields.map(async ([field, tensor]) => {
      const numbers = await tensor.read();
      const length = numbers.length / tensor.dims[0]!;
      const [from, to] = [first, first + 1].map((row) => numbers.subarray(row * length, (row + 1) * length));
      const data = new Float32Array(blends.length * length);
      blends.forEach((blend, row) => data.set(from!.map((x, i) => x + blend * (to![i]! - x)), row * length));
      return [field, device.upload(tensor.axes, [blends.length, ...tensor.dims.slice(1)], data)] as const;
    })),
  );
}
