import type { CommonConfig } from "../scheduler_config.ts";

type SpacingConfig = Pick<CommonConfig, "num_train_timesteps" | "timestep_spacing" | "steps_offset">;

/**
 * Which training timesteps are visited, from noisy to clean (Lin et al. 2024, table 2); fractional for `linspace`.
 *
 * `trailing` has exactly `steps` of them, where rounding makes diffusers add a timestep −1 for some numbers such as 61.
 */
export function spacedTimesteps(
  { num_train_timesteps: trained, timestep_spacing, steps_offset }: SpacingConfig,
  steps: number,
): number[] {
  const indices = Array.from({ length: steps }, (_, i) => i);
  switch (timestep_spacing) {
    case "leading":
      return indices.map((i) => (steps - 1 - i) * Math.floor(trained / steps) + steps_offset);
    case "trailing":
      return indices.map((i) => roundHalfEven(trained - i * (trained / steps)) - 1);
    case "linspace":
      if (steps === 1) return [0];
      return indices.map((i) => i === 0 ? trained - 1 : (steps - 1 - i) * ((trained - 1) / (steps - 1)));
  }
}

/** The same for schedulers that know whole timesteps only. */
export function wholeTimesteps(config: SpacingConfig, steps: number): number[] {
  return spacedTimesteps(config, steps).map(roundHalfEven);
}

/** Rounds halves to even numbers, as numpy does. */
export function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
