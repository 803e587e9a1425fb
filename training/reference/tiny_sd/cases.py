"""The requests that references are made of."""

from dataclasses import dataclass, field
from typing import Any

from .text import BREAK, Fragments, prompt_of


@dataclass
class Case:
    """`fragments` are given where the web UI's arithmetic makes the conditioning; the prompts follow from them."""

    model: str
    name: str
    request: dict[str, Any]
    scheduler_config: dict[str, Any] = field(default_factory=dict)
    fragments: Fragments | None = None
    negative_fragments: Fragments | None = None


def case(model: str, slug: str, size: str = "48x32", **given: Any) -> Case:
    beside = {name: given.pop(name, None) for name in ("fragments", "negative_fragments")}
    config = given.pop("scheduler_config", {})
    for name, key in (("fragments", "prompt"), ("negative_fragments", "negative_prompt")):
        if beside[name] is not None:
            given[key] = prompt_of(beside[name])
    width, height = map(int, size.split("x"))
    request = {"task": "text-to-image", "prompt": "a red cat on the table", "seed": 7, "steps": 8, "guidance": 7.5}
    return Case(model, f"{model}-{slug}", {**request, "width": width, "height": height, **given}, config, **beside)


def image_to_image(model: str, slug: str, strength: float, size: str = "48x32", **given: Any) -> Case:
    return case(model, slug, size, task="image-to-image", image=f"image-{size}.png", strength=strength, **given)


def inpainting(model: str, slug: str, strength: float, size: str = "48x32", **given: Any) -> Case:
    files = {"image": f"image-{size}.png", "mask": f"mask-{size}.png"}
    return case(model, slug, size, task="inpainting", **files, strength=strength, **given)


def only_masked(model: str, slug: str, strength: float, padding: int, **given: Any) -> Case:
    """The part around the mask is cut out, made larger, painted and put back."""
    files = {"image": "image-64x48.png", "mask": "mask-part-64x48.png"}
    region = {"region": "masked", "region_padding": padding}
    return case(model, slug, "48x32", task="inpainting", **files, **region, strength=strength, **given)


LONG = "a red cat and a blue dog stand on the green table near an old window in the rain while birds sing " * 2
WEIGHTED = [("a photo of a ", 1.0), ("red cat", 1.4), (" on a ", 1.0), ("blue", 0.6), (" table", 1.0)]

TEXT_TO_IMAGE = [
    case("tiny-sd", "default"),
    case("tiny-sd", "tall", "32x48", seed=8),
    case("tiny-sd", "large-seed", seed=4294967295),
    case("tiny-sd", "ddim", scheduler="ddim"),
    case("tiny-sd", "ddim-eta", scheduler="ddim", eta=0.5),
    case("tiny-sd", "euler", scheduler="euler"),
    case("tiny-sd", "euler-karras", "32x48", scheduler="euler_karras"),
    case("tiny-sd", "euler-ancestral", scheduler="euler_ancestral"),
    case("tiny-sd", "heun", scheduler="heun"),
    case("tiny-sd", "dpm2", scheduler="dpm2"),
    case("tiny-sd", "dpm2-ancestral", scheduler="dpm2_ancestral"),
    case("tiny-sd", "lms", scheduler="lms"),
    case("tiny-sd", "dpmpp-2m", "32x48", scheduler="dpmpp_2m"),
    case("tiny-sd", "dpmpp-2m-karras", scheduler="dpmpp_2m_karras"),
    case("tiny-sd", "dpmpp-2m-sde", scheduler="dpmpp_2m_sde"),
    case("tiny-sd", "dpmpp-2m-sde-karras", scheduler="dpmpp_2m_sde_karras"),
    case("tiny-sd", "dpmpp-2s", scheduler="dpmpp_2s"),
    case("tiny-sd", "deis", scheduler="deis"),
    case("tiny-sd", "unipc", scheduler="unipc"),
    case("tiny-sd", "ddpm", scheduler="ddpm"),
    case("tiny-sd", "pndm-25", scheduler="pndm", steps=25),
    case("tiny-sd", "tcd", scheduler="tcd"),
    case("tiny-sd", "one-step", scheduler="ddim", steps=1),
    case("tiny-sd", "guidance-1", guidance=1),
    case("tiny-sd", "guidance-3", guidance=3),
    case("tiny-sd", "negative", negative_prompt="a blue dog"),
    case("tiny-sd", "empty", prompt=""),
    case("tiny-sd", "batch", "32x48", count=2),
    case("tiny-sd", "batch-ancestral", scheduler="euler_ancestral", count=2),
    case("tiny-sd", "clip-skip-2", clip_skip=2, fragments=[("a red cat on the table", 1.0)]),
    case("tiny-sd", "clip-skip-2-guidance-1", clip_skip=2, guidance=1),
    case(
        "tiny-sd", "clip-skip-3-negative", clip_skip=3, fragments=[("a red cat on the table", 1.0)],
        negative_fragments=[("a blue dog", 1.0)],
    ),
    case("tiny-sd", "long", fragments=[(LONG, 1.0)]),
    case("tiny-sd", "long-negative", fragments=[("a red cat", 1.0)], negative_fragments=[(LONG, 1.0)]),
    case("tiny-sd", "emphasis", fragments=WEIGHTED),
    case("tiny-sd", "emphasis-negative", fragments=WEIGHTED, negative_fragments=[("old ", 1.0), ("window", 1.3)]),
    case("tiny-sd", "emphasis-long-break", fragments=[("red cat", 1.2), BREAK, (LONG, 1.0), ("rain", 0.8)]),
    case(
        "tiny-sd", "turbo", steps=1, guidance=1,
        scheduler_config={"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "trailing"},
    ),
    case("tiny-sd2", "default", "64x48"),
    case("tiny-sd2", "tall", "48x64", negative_prompt="ugly, old!"),
    case("tiny-sd2", "exclamation", "64x48", prompt="a cat! what a cat!!"),
    case("tiny-sd2", "euler-ancestral", "64x48", scheduler="euler_ancestral"),
    case("tiny-sd2", "dpmpp-2m-karras", "64x48", guidance=3, scheduler="dpmpp_2m_karras"),
    case("tiny-sd2", "unipc", "64x48", guidance=3, scheduler="unipc"),
    case(
        "tiny-sd2", "zero-snr", "64x48",
        scheduler_config={"timestep_spacing": "trailing", "rescale_betas_zero_snr": True},
    ),
    case("tiny-sdxl", "default"),
    case("tiny-sdxl", "tall", "32x48"),
    case("tiny-sdxl", "negative", negative_prompt="a blue dog!"),
    case("tiny-sdxl", "batch", count=2),
    case("tiny-sdxl", "guidance-1", guidance=1),
    case("tiny-sdxl", "dpmpp-2m-sde-karras", scheduler="dpmpp_2m_sde_karras"),
    case("tiny-sdxl", "clip-skip-3", clip_skip=3),
    case("tiny-sdxl", "long", fragments=[(LONG, 1.0)]),
    case("tiny-sdxl", "emphasis", fragments=WEIGHTED, negative_fragments=[("old ", 1.0), ("window", 1.3)]),
    case(
        "tiny-sdxl", "turbo", steps=2, guidance=1,
        scheduler_config={"_class_name": "EulerAncestralDiscreteScheduler", "timestep_spacing": "trailing"},
    ),
    case("tiny-sd-old", "default"),
    case("tiny-sd-old", "guidance-1", guidance=1),
    case("tiny-sd-old", "negative-batch", negative_prompt="a blue dog", count=2, scheduler="euler_ancestral"),
    case("tiny-sd-external", "default", "32x48"),
    case("tiny-sd-int8", "default", guidance=3),
    case("tiny-sd-int8", "euler-ancestral", "32x48", guidance=3, scheduler="euler_ancestral"),
    case("tiny-lcm", "default", steps=4),
    case("tiny-lcm", "guidance-1", "32x48", steps=4, guidance=1),
    case("tiny-lcm", "batch", steps=4, count=2, guidance=3),
]

WITH_IMAGE = [
    image_to_image("tiny-sd", "image-0.3", 0.3, steps=10),
    image_to_image("tiny-sd", "image-0.75", 0.75, "32x48"),
    image_to_image("tiny-sd", "image-1", 1),
    image_to_image("tiny-sd", "image-ddim-0.3", 0.3, steps=10, scheduler="ddim"),
    image_to_image("tiny-sd", "image-euler-0.75", 0.75, scheduler="euler"),
    image_to_image("tiny-sd", "image-euler-ancestral-0.75", 0.75, scheduler="euler_ancestral"),
    image_to_image("tiny-sd", "image-heun-0.75", 0.75, scheduler="heun"),
    image_to_image("tiny-sd", "image-dpm2-ancestral-0.75", 0.75, scheduler="dpm2_ancestral"),
    image_to_image("tiny-sd", "image-dpmpp-2m-karras-0.75", 0.75, scheduler="dpmpp_2m_karras"),
    image_to_image("tiny-sd", "image-dpmpp-2m-sde-1", 1, scheduler="dpmpp_2m_sde"),
    image_to_image("tiny-sd", "image-unipc-0.3", 0.3, steps=10, scheduler="unipc"),
    image_to_image("tiny-sd", "image-batch", 0.75, scheduler="ddim", count=2),
    image_to_image("tiny-sd2", "image-0.75", 0.75, "64x48"),
    image_to_image("tiny-sdxl", "image-0.75", 0.75),
    image_to_image("tiny-sdxl", "image-negative-0.5", 0.5, "32x48", negative_prompt="a blue dog"),
    image_to_image("tiny-lcm", "image-0.5", 0.5, steps=4),
    inpainting("tiny-sd", "inpainting-1", 1),
    inpainting("tiny-sd", "inpainting-0.6", 0.6, "32x48"),
    inpainting("tiny-sd", "inpainting-ddim-0.6", 0.6, scheduler="ddim"),
    inpainting("tiny-sd", "inpainting-euler-ancestral-0.6", 0.6, scheduler="euler_ancestral"),
    inpainting("tiny-sd", "inpainting-guidance-1", 1, scheduler="euler", guidance=1),
    inpainting("tiny-sd", "inpainting-batch", 0.6, scheduler="ddim", count=2),
    inpainting("tiny-sd-inpaint", "default", 1),
    inpainting("tiny-sd-inpaint", "tall", 1, "32x48", scheduler="ddim", negative_prompt="a blue dog"),
    inpainting("tiny-sd-inpaint", "strength-0.6", 0.6, scheduler="euler"),
    inpainting("tiny-sd-inpaint", "ancestral-0.6", 0.6, scheduler="euler_ancestral"),
    inpainting("tiny-sd-inpaint", "guidance-1", 1, guidance=1),
    inpainting("tiny-sd-inpaint", "batch", 1, scheduler="ddim", count=2),
    only_masked("tiny-sd", "only-masked-0.6", 0.6, 4, scheduler="ddim"),
    only_masked("tiny-sd-inpaint", "only-masked", 1, 4),
    image_to_image("tiny-sd-int8", "image-0.75", 0.75, guidance=3),
    inpainting("tiny-sdxl", "inpainting-1", 1),
    inpainting("tiny-sdxl", "inpainting-0.6", 0.6, "32x48"),
]

CASES = [*TEXT_TO_IMAGE, *WITH_IMAGE]
