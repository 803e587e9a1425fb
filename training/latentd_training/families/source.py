"""A diffusers folder: which pipeline it is, and its networks as PyTorch modules in float32."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel, UNet2DModel, VQModel
from diffusers.pipelines.latent_diffusion.pipeline_latent_diffusion import LDMBertModel
from safetensors.torch import load_file
from torch import nn

# The last is what diffusers has no pipeline for: class embeddings, class labels, inpainting.
PIPELINES = ("LDMTextToImagePipeline", "LDMPipeline", "LDMSuperResolutionPipeline", "LatentDiffusionPipeline")
CLASSES = {each.__name__: each for each in (UNet2DModel, UNet2DConditionModel, VQModel, AutoencoderKL, LDMBertModel)}


@dataclass(frozen=True)
class Source:
    """What of a folder was read."""

    folder: Path
    index: dict
    pipeline: str
    unet: nn.Module
    vae: nn.Module
    bert: nn.Module | None
    class_embedding: torch.Tensor | None


def read_source(folder: Path) -> Source:
    """Loads all networks of a folder that diffusers' `save_pretrained` wrote.

    FileNotFoundError: a part is missing. NotImplementedError: the pipeline or a network is of another family.
    """
    index = json.loads((folder / "model_index.json").read_text())
    pipeline = index["_class_name"]
    if pipeline not in PIPELINES:
        raise NotImplementedError(
            f"_class_name in {folder / 'model_index.json'} is {pipeline}; this command exports {', '.join(PIPELINES)}, "
            "and optimum-cli the Stable Diffusion family"
        )
    embedding = folder / "class_embedder/model.safetensors"
    return Source(
        folder, index, pipeline,
        unet=load(folder, index, "unet"),
        vae=load(folder, index, "vqvae" if "vqvae" in index else "vae"),
        bert=load(folder, index, "bert") if pipeline == "LDMTextToImagePipeline" else None,
        class_embedding=load_file(embedding)["embedding.weight"].float() if embedding.exists() else None,
    )


def load(folder: Path, index: dict, part: str) -> nn.Module:
    if part not in index:
        raise FileNotFoundError(f"{folder / 'model_index.json'} names no {part}; this pipeline needs one")
    name = index[part][1]
    if name not in CLASSES:
        raise NotImplementedError(f"{part} in {folder} is {name}; known are {', '.join(CLASSES)}")
    if not (folder / part).is_dir():
        raise FileNotFoundError(f"{folder / part} is missing; model_index.json names it")
    dtype = {"dtype" if name == "LDMBertModel" else "torch_dtype": torch.float32}
    return CLASSES[name].from_pretrained(folder / part, **dtype).eval()
