/**
 * The fields of diffusers' `scheduler_config.json`: each is honoured, or refused by name.
 *
 * @module
 */

/** One field: what its class in diffusers takes if it is absent or null, and which values can be honoured. */
export interface Field<T> {
  readonly otherwise: T;
  readonly holds: (value: unknown) => boolean;
  /** What `holds` asks for, in words. */
  readonly wish: string;
}

/** The fields that a scheduler honours. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The checked and completed values of fields. */
export type ConfigOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** True or false. */
export const flag = (otherwise: boolean): Field<boolean> => ({
  otherwise,
  holds: (value) => typeof value === "boolean",
  wish: "true or false",
});

/** A finite number above 0. */
export const positive = (otherwise: number): Field<number> => ({
  otherwise,
  holds: (value) => Number.isFinite(value) && (value as number) > 0,
  wish: "a number above 0",
});

/** A finite number above 0 that may be absent. */
export const optional: Field<number | undefined> = { ...positive(1), otherwise: undefined };

/** A whole number. */
export const whole = (otherwise: number, min: number, max = 1e6): Field<number> => ({
  otherwise,
  holds: (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
  wish: `a whole number from ${min} to ${max}`,
});

/** One of some words; the first is taken if the field is absent. */
export const oneOf = <T extends string>(...words: readonly [T, ...T[]]): Field<T> => ({
  otherwise: words[0],
  holds: (value) => words.includes(value as T),
  wish: words.map((word) => JSON.stringify(word)).join(" or "),
});

/** The only value that can be honoured of a field whose others would need something that is not there. */
export const only = <T>(otherwise: T): Field<T> => ({
  otherwise,
  holds: (value) => value === otherwise,
  wish: JSON.stringify(otherwise),
});

const trainedBetas: Field<readonly number[] | undefined> = {
  otherwise: undefined,
  holds: (value) => Array.isArray(value) && value.every((beta) => beta >= 0 && beta <= 1),
  wish: "a list of numbers from 0 to 1",
};

/** What the denoiser's output means. */
export type PredictionType = "epsilon" | "v_prediction" | "sample";

/** Values of the fields that all schedulers have. */
export interface CommonConfig {
  readonly num_train_timesteps: number;
  readonly beta_schedule: "linear" | "scaled_linear" | "squaredcos_cap_v2";
  readonly beta_start: number;
  readonly beta_end: number;
  /** In place of a schedule. */
  readonly trained_betas: readonly number[] | undefined;
  readonly rescale_betas_zero_snr: boolean;
  readonly prediction_type: PredictionType;
  readonly timestep_spacing: "leading" | "trailing" | "linspace";
  readonly steps_offset: number;
  /** Dynamic thresholding needs a quantile, which no step has. */
  readonly thresholding: false;
}

/** In what classes of diffusers differ about those. */
export type Defaults =
  & Pick<CommonConfig, "timestep_spacing">
  & Partial<Pick<CommonConfig, "beta_schedule" | "beta_start" | "beta_end">>;

/** The fields that all schedulers have. */
export function commonFields(defaults: Defaults): { readonly [K in keyof CommonConfig]: Field<CommonConfig[K]> } {
  const { timestep_spacing, beta_schedule = "linear", beta_start = 1e-4, beta_end = 0.02 } = defaults;
  return {
    num_train_timesteps: whole(1000, 1),
    beta_schedule: { ...oneOf("linear", "scaled_linear", "squaredcos_cap_v2"), otherwise: beta_schedule },
    beta_start: positive(beta_start),
    beta_end: positive(beta_end),
    trained_betas: trainedBetas,
    rescale_betas_zero_snr: flag(false),
    prediction_type: oneOf("epsilon", "v_prediction", "sample"),
    timestep_spacing: { ...oneOf("leading", "trailing", "linspace"), otherwise: timestep_spacing },
    steps_offset: whole(0, 0),
    thresholding: only(false),
  };
}

/** The bound of x0's estimate that a config asks for, Infinity for none. */
export function clipOf(config: { readonly clip_sample: boolean; readonly clip_sample_range: number }): number {
  return config.clip_sample ? config.clip_sample_range : Infinity;
}

/**
 * Picks the fields out of a config and completes them.
 *
 * @throws {TypeError} if a value has the wrong type, {RangeError} if it cannot be honoured; both name field and value
 */
export function readFields<F extends Fields>(json: Readonly<Record<string, unknown>>, fields: F): ConfigOf<F> {
  const entries = Object.entries(fields).map(([name, { otherwise, holds, wish }]) => {
    const value = json[name] ?? otherwise;
    if (value === otherwise || holds(value)) return [name, value];
    const message = `${name} of the scheduler's config is ${JSON.stringify(value)}; it must be ${wish}`;
    throw typeof value === typeof otherwise ? new RangeError(message) : new TypeError(message);
  });
  return Object.fromEntries(entries);
}
