import { InvalidRequestError, type Issue, shown } from "../../../pipeline/request/request_error.ts";
import { A1111Error } from "../answers/a1111_error.ts";
import type { Img2ImgFields, Txt2ImgFields } from "./fields.ts";

type Fields = Partial<Txt2ImgFields & Img2ImgFields>;

/** Fields that would change the picture but cannot be honoured, and the values at which they change nothing. */
const NEUTRAL: readonly (readonly [name: keyof Fields, isNeutral: (value: never) => boolean, wish: string])[] = [
  ["enable_hr", (value: boolean) => !value, "must be false; there is no second pass"],
  ["styles", (value: readonly string[]) => value.length === 0, "must be empty; write them into the prompt"],
  ["restore_faces", (value: boolean) => !value, "must be false; there is no face restorer"],
  ["tiling", (value: boolean) => !value, "must be false"],
  ["seed_resize_from_w", (value: number) => value <= 0, "must be 0 or less"],
  ["seed_resize_from_h", (value: number) => value <= 0, "must be 0 or less"],
  ["s_churn", (value: number) => value === 0, "must be 0"],
  ["s_noise", (value: number) => value === 1, "must be 1"],
  ["s_min_uncond", (value: number) => value === 0, "must be 0"],
  ["refiner_checkpoint", (value: string) => value === "" || value === "None", "must be empty; there are no refiners"],
  ["infotext", (value: string) => value === "", "must be empty; send its values as fields"],
  ["initial_noise_multiplier", (value: number) => value === 1, "must be 1"],
  ["latent_mask", (value: string) => value === "", "must be absent; send mask"],
];

/**
 * Refuses what cannot be honoured, where it is switched on.
 *
 * @throws {A1111Error | InvalidRequestError}
 */
export function checkAble(fields: Fields): void {
  if (fields.script_name != null && fields.script_name !== "" && fields.script_name !== "None") {
    throw new A1111Error(422, `Script '${fields.script_name}' not found; script_name must be empty`);
  }
  const [script] = Object.keys(fields.alwayson_scripts ?? {});
  if (script !== undefined) {
    throw new A1111Error(422, `always on script ${script} not found; alwayson_scripts must be empty`);
  }
  const issues = [
    ...NEUTRAL.filter(([name, isNeutral]) => fields[name] != null && !isNeutral(fields[name] as never))
      .map(([name, , wish]) => issue(name, fields[name], wish)),
    ...inpaintingIssues(fields),
  ];
  if (issues.length > 0) throw new InvalidRequestError(issues);
}

function* inpaintingIssues(fields: Fields): Iterable<Issue> {
  const { mask, resize_mode, inpainting_fill, denoising_strength } = fields;
  if (resize_mode === 2 || resize_mode === 3) {
    yield issue("resize_mode", resize_mode, "must be 0 (stretch) or 1 (crop)");
  }
  if (mask == null || mask === "") return;
  if (inpainting_fill != null && inpainting_fill !== 1 && denoising_strength !== 1) {
    yield issue("inpainting_fill", inpainting_fill, "must be 1 (original) unless denoising_strength is 1");
  }
}

function issue(param: string, value: unknown, wish: string): Issue {
  return { param, code: "unexpected_parameter", message: `${param} is ${shown(value)}; it ${wish}` };
}
