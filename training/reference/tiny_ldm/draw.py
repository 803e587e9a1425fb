"""What diffusers' modules make of a case."""

from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    LDMPipeline,
    LDMSuperResolutionPipeline,
    LDMTextToImagePipeline,
    PNDMScheduler,
    UNet2DConditionModel,
    UNet2DModel,
    VQModel,
)
from PIL import Image
from safetensors.torch import load_file

from .cases import LOOP
from .inputs import INPUTS
from .models import CLASS_NAMES, EMBEDDED_CLASSES
from .pictures import Parts, inpaint, loop, picture, run, super_resolve

SCHEDULERS = {each.__name__: each for each in (DDIMScheduler, PNDMScheduler)}
PIPELINES = {each.__name__: each for each in (LDMPipeline, LDMSuperResolutionPipeline, LDMTextToImagePipeline)}
# LDMTextToImagePipeline divides width and height by 8 to get the latents', whatever its first stage does.
ASSUMED_FACTOR = 8


def draw(case: dict, source: Path) -> list[Image.Image]:
    """The pictures of a case by the model of the diffusers folder `source`."""
    request = case["request"]
    if case["pipeline"] != LOOP:
        pipeline = PIPELINES[case["pipeline"]].from_pretrained(source)
        pipeline.scheduler = scheduler_of(case, source)
        pipeline.set_progress_bar_config(disable=True)
        return drawn_by(pipeline, request)
    parts = parts_of(case, source)
    if request["task"] == "inpainting":
        return [inpaint(parts, request, INPUTS)]
    given, empty = conditions(case["model"], request, source)
    factor = 2 ** (len(parts.vae.config.block_out_channels) - 1)
    shape = (request["height"] // factor, request["width"] // factor)
    return [picture(loop(parts, request, shape, given, empty, None))]


def drawn_by(pipeline: object, request: dict) -> list[Image.Image]:
    if isinstance(pipeline, LDMSuperResolutionPipeline):
        return super_resolve(pipeline, request, INPUTS)
    if isinstance(pipeline, LDMPipeline):
        return run(pipeline, request)
    factor = pipeline.vae_scale_factor
    size = {name: request[name] // factor * ASSUMED_FACTOR for name in ("width", "height")}
    prompts = [request["prompt"]] * request.get("count", 1)
    return run(pipeline, request, prompt=prompts, guidance_scale=request["guidance"], **size)


def scheduler_of(case: dict, source: Path) -> DDIMScheduler | PNDMScheduler:
    config = DDIMScheduler.load_config(source / "scheduler")
    return SCHEDULERS[case["scheduler"]["class"]].from_config(config, **case["scheduler"]["config"])


def parts_of(case: dict, source: Path) -> Parts:
    unet = UNet2DConditionModel if case["model"] == "tiny-ldm-class-context" else UNet2DModel
    first_stage = (AutoencoderKL, "vae") if (source / "vae").exists() else (VQModel, "vqvae")
    vae = first_stage[0].from_pretrained(source / first_stage[1])
    return Parts(unet.from_pretrained(source / "unet"), vae, scheduler_of(case, source))


def conditions(model: str, request: dict, source: Path) -> tuple[dict, dict]:
    """What the network is given for the class, and for none."""
    if model == "tiny-ldm-class-labels":
        label, empty = CLASS_NAMES.index(request["class"]), len(CLASS_NAMES)
        return {"class_labels": torch.tensor([label])}, {"class_labels": torch.tensor([empty])}
    if model == "tiny-ldm-class-context":
        weight = load_file(source / "class_embedder/model.safetensors")["embedding.weight"]
        indices = (int(request["class"]), EMBEDDED_CLASSES - 1)
        return tuple({"encoder_hidden_states": weight[index][None, None]} for index in indices)
    return {}, {}
