import type { ModelInfo } from "../../models/model_info.ts";
import type { ImageFormat } from "../../pipeline/images/encode/encode_image.ts";
import { A1111Error } from "./answers/a1111_error.ts";
import type { Settings } from "./request/fields.ts";

/** What AUTOMATIC1111 shows of a model where one is chosen. */
export function titleOf({ name, hash }: ModelInfo): string {
  return `${name} [${hash}]`;
}

/**
 * A model by title, name or hash, in any case.
 *
 * @throws {A1111Error} if there is none
 */
export function findModel(wanted: string, models: readonly ModelInfo[]): ModelInfo {
  const plain = wanted.trim().toLowerCase();
  const found = models.find((model) =>
    [titleOf(model), model.name, model.hash].some((name) => name.toLowerCase() === plain)
  );
  if (found) return found;
  const known = models.map(({ name }) => name).join(", ");
  throw new A1111Error(404, `Unknown checkpoint: ${wanted}; sd_model_checkpoint must be one of ${known}`);
}

/** What counts for a request. */
export interface Chosen {
  readonly model: ModelInfo;
  readonly clipSkip: number;
  readonly randn: "CPU" | "GPU" | "NV";
  readonly format: ImageFormat;
}

/** What each owner has set by `POST /sdapi/v1/options`; a restart forgets it. */
export class OwnersSettings {
  readonly #models: readonly ModelInfo[];
  readonly #settings = new Map<string, Settings>();

  /** @param models at least one; the first is the default */
  constructor(models: readonly ModelInfo[]) {
    this.#models = models;
  }

  /** Changes what is given, and keeps the rest. @throws {A1111Error} if there is no such model */
  set(owner: string, changes: Settings): void {
    const { sd_model_checkpoint: checkpoint } = changes;
    // By its name, for its title changes with its weights.
    const model = checkpoint ? { sd_model_checkpoint: findModel(checkpoint, this.#models).name } : {};
    this.#settings.set(owner, { ...this.#settings.get(owner), ...given(changes), ...model });
  }

  /** What counts for a request of an owner's. @throws {A1111Error} if there is no such model */
  of(owner: string, override: Settings = {}): Chosen {
    const settings: Settings = { ...this.#settings.get(owner), ...given(override) };
    const { sd_model_checkpoint: checkpoint, samples_format: format = "png" } = settings;
    return {
      model: checkpoint ? findModel(checkpoint, this.#models) : this.#models[0]!,
      clipSkip: settings.CLIP_stop_at_last_layers ?? 1,
      randn: settings.randn_source ?? "CPU",
      format: format === "jpg" ? "jpeg" : format ?? "png",
    };
  }

  /** The answer of `GET /sdapi/v1/options`. */
  toJson(owner: string): Readonly<Record<string, unknown>> {
    const { model, clipSkip, randn, format } = this.of(owner);
    return {
      sd_model_checkpoint: titleOf(model),
      sd_checkpoint_hash: model.hash,
      samples_format: format === "jpeg" ? "jpg" : format,
      sd_vae: "Automatic",
      CLIP_stop_at_last_layers: clipSkip,
      randn_source: randn,
      live_previews_enable: true,
    };
  }
}

function given(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value != null)) as Settings;
}
