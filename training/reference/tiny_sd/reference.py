"""What a pipeline of diffusers makes of a request."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import diffusers
import torch
from PIL import Image

from .cases import Case
from .graphs import use_graphs
from .inputs import INPUTS
from .text import embeddings

PIPELINES = {
    "text-to-image": "StableDiffusionPipeline",
    "image-to-image": "StableDiffusionImg2ImgPipeline",
    "inpainting": "StableDiffusionInpaintPipeline",
}
# Our names, and diffusers' classes with what is changed in the model's config.
KARRAS = {"use_karras_sigmas": True}
SDE = {"algorithm_type": "sde-dpmsolver++"}
SCHEDULERS: dict[str, tuple[str, dict[str, Any]]] = {
    "ddim": ("DDIMScheduler", {}),
    "ddpm": ("DDPMScheduler", {}),
    "pndm": ("PNDMScheduler", {}),
    "euler": ("EulerDiscreteScheduler", {}),
    "euler_karras": ("EulerDiscreteScheduler", KARRAS),
    "euler_ancestral": ("EulerAncestralDiscreteScheduler", {}),
    "heun": ("HeunDiscreteScheduler", {}),
    "dpm2": ("KDPM2DiscreteScheduler", {}),
    "dpm2_ancestral": ("KDPM2AncestralDiscreteScheduler", {}),
    "lms": ("LMSDiscreteScheduler", {}),
    "dpmpp_2m": ("DPMSolverMultistepScheduler", {}),
    "dpmpp_2m_karras": ("DPMSolverMultistepScheduler", KARRAS),
    "dpmpp_2m_sde": ("DPMSolverMultistepScheduler", SDE),
    "dpmpp_2m_sde_karras": ("DPMSolverMultistepScheduler", {**SDE, **KARRAS}),
    "dpmpp_2s": ("DPMSolverSinglestepScheduler", {}),
    "deis": ("DEISMultistepScheduler", {}),
    "unipc": ("UniPCMultistepScheduler", {}),
    "tcd": ("TCDScheduler", {}),
}


def pipeline_class(case: Case) -> str:
    task = case.request["task"]
    if case.model == "tiny-lcm":
        return "LatentConsistencyModel" + ("Pipeline" if task == "text-to-image" else "Img2ImgPipeline")
    return PIPELINES[task].replace("Diffusion", "DiffusionXL" if case.model == "tiny-sdxl" else "Diffusion")


# Folders whose graphs were made from another one's.
SAME_WEIGHTS = {"tiny-sd-external": "tiny-sd", "tiny-sd-int8": "tiny-sd"}


def folder_of(model: str, scratch: Path) -> Path:
    return scratch / SAME_WEIGHTS.get(model, model)


@cache
def load(model: str, scratch: Path) -> Any:
    folder = folder_of(model, scratch)
    loaded = diffusers.DiffusionPipeline.from_pretrained(folder)
    # Clip skip of diffusers 0.42 reads `text_model.final_layer_norm`, which transformers 5 keeps one level higher.
    object.__setattr__(loaded.text_encoder, "text_model", loaded.text_encoder)
    return loaded


def scheduler_of(case: Case, scratch: Path) -> tuple[Any, dict[str, Any]]:
    """The scheduler, and how a case's entry tells of it."""
    path = folder_of(case.model, scratch) / "scheduler" / "scheduler_config.json"
    config = {**json.loads(path.read_text()), **case.scheduler_config}
    name, more = SCHEDULERS.get(case.request.get("scheduler", ""), (config["_class_name"], {}))
    return getattr(diffusers, name).from_config(config, **more), {"class": name, "config": more}


def pipeline_of(case: Case, scratch: Path) -> Any:
    made = getattr(diffusers, pipeline_class(case)).from_pipe(load(case.model, scratch))
    made.scheduler, _ = scheduler_of(case, scratch)
    made.set_progress_bar_config(disable=True)
    return made


def arguments(case: Case, pipeline: Any) -> dict[str, Any]:
    request = case.request
    seeds = range(request["seed"], request["seed"] + request.get("count", 1))
    generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
    given: dict[str, Any] = {
        "num_inference_steps": request["steps"], "guidance_scale": request["guidance"],
        "num_images_per_prompt": len(generators), "generator": generators if len(generators) > 1 else generators[0],
    }
    if case.fragments is None:
        given["prompt"] = request["prompt"]
        if "negative_prompt" in request:
            given["negative_prompt"] = request["negative_prompt"]
    else:
        given |= embeddings(pipeline, case.fragments, case.negative_fragments, request.get("clip_skip"))
    if "clip_skip" in request and case.fragments is None:
        # Both count from the end, diffusers from the layer that the family takes by itself.
        given["clip_skip"] = request["clip_skip"] - (2 if case.model == "tiny-sdxl" else 1)
    if "eta" in request:
        given["eta"] = request["eta"]
    if "strength" in request:
        given |= {"strength": request["strength"], "image": Image.open(INPUTS / request["image"]).convert("RGB")}
    if "mask" in request:
        given["mask_image"] = Image.open(INPUTS / request["mask"]).convert("L")
    if "region" in request:
        given["padding_mask_crop"] = request["region_padding"]
    if request["task"] != "image-to-image":
        given |= {"width": request["width"], "height": request["height"]}
    return given


def pictures_of(case: Case, scratch: Path, graphs: Path | None = None) -> list[Image.Image]:
    """The pictures of a request, by PyTorch or by the exported graphs of a folder."""
    pipeline = pipeline_of(case, scratch)
    if graphs:
        use_graphs(pipeline, graphs)
    return [picture for one in alone(case) for picture in pipeline(**arguments(one, pipeline)).images]


def alone(case: Case) -> list[Case]:
    """Inpainting of diffusers encodes the picture with the first generator only, so that a picture depends on its batch."""
    if "mask" not in case.request:
        return [case]
    first, count = case.request["seed"], case.request.get("count", 1)
    return [replace(case, request={**case.request, "seed": first + i, "count": 1}) for i in range(count)]
