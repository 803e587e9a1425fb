"""Everything of a model folder that is not a graph: configurations, tokenizer, manifest."""

import hashlib
import json
import shutil
from pathlib import Path

from latentd_training.data.cache import LOW_RESOLUTION_FACTOR, MAX_OBJECTS
from latentd_training.denoiser.sampling import SCHEDULER
from latentd_training.denoiser.text_encoder import FOLDER as TEXT_ENCODER_FOLDER
from latentd_training.denoiser.text_encoder import MAX_TOKENS
from latentd_training.denoiser.unet import CONTEXT_WIDTH, concat
from latentd_training.export.description import Description
from latentd_training.first_stage.autoencoder import FACTOR
from latentd_training.first_stage.first_stage import VqFirstStage
from latentd_training.model.components import Components


def write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def model_index(model: Components, description: Description) -> dict:
    """`model_index.json`: the parts in diffusers' manner, and what latentd reads beside them."""
    return {
        "_class_name": "LatentDiffusionPipeline",
        "_diffusers_version": "0.42.1",
        "text_encoder": ["transformers", "BertModel"],
        "tokenizer": ["transformers", "BertTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", _first_stage_class(model)],
        "scheduler": ["diffusers", "DDIMScheduler"],
        **({"class_embedder": ["latentd", "ClassEmbedder"]} if description.has_classes else {}),
        **({"layout_encoder": ["latentd", "LayoutEncoder"]} if description.layouts else {}),
        "latentd": {
            "name": description.name,
            "title": description.title,
            "licence": description.licence,
            "tasks": description.tasks,
            "defaults": {
                "width": description.size,
                "height": description.size,
                "steps": model.sampling.steps,
                "guidance": model.sampling.guidance,
                "scheduler": "ddim",
                "back_projection": 2,  # its low-resolution pictures were made as latentd checks them
            },
        },
    }


def _first_stage_class(model: Components) -> str:
    return "VQModel" if isinstance(model.autoencoder, VqFirstStage) else "AutoencoderKL"


def first_stage_config(model: Components, description: Description) -> dict:
    """`config.json` of encoder and decoder."""
    channels = model.autoencoder.latent_channels
    vq = isinstance(model.autoencoder, VqFirstStage)
    return {
        "_class_name": _first_stage_class(model),
        "latent_channels": channels,
        **({"num_vq_embeddings": len(model.autoencoder.quantizer.codes), "vq_embed_dim": channels} if vq else {}),
        "downsample_factor": FACTOR,
        "scaling_factor": 1.0,
        "latents_mean": model.mean.flatten().tolist(),
        "latents_std": model.std.flatten().tolist(),
        "sample_size": description.size,
        **({} if vq else {"posterior": "mean"}),
    }


def unet_config(model: Components, description: Description) -> dict:
    """`config.json` of the UNet, with what is concatenated to the latents."""
    channels = model.autoencoder.latent_channels
    return {
        "_class_name": "UNet2DConditionModel",
        "sample_size": description.size // FACTOR,
        "in_channels": model.unet.config.in_channels,
        "out_channels": channels,
        "cross_attention_dim": CONTEXT_WIDTH,
        "block_out_channels": list(model.unet.config.block_out_channels),
        "addition_embed_type": model.unet.config.addition_embed_type,
        "resnet_time_scale_shift": model.unet.config.resnet_time_scale_shift,
        "concat": concat(channels, description.size // LOW_RESOLUTION_FACTOR),
        "graphs": {"float": "model.onnx", "integer": "model_int8.onnx"},
    }


def write_configs(out: Path, model: Components, description: Description) -> None:
    """`config.json` of every part, in diffusers' terms where it has them."""
    first_stage = first_stage_config(model, description)
    text = {"_class_name": "BertModel", "hidden_size": CONTEXT_WIDTH, "max_length": MAX_TOKENS, "padding": "max_length"}
    write_json(out / "model_index.json", model_index(model, description))
    write_json(out / "vae_encoder/config.json", first_stage)
    write_json(out / "vae_decoder/config.json", first_stage)
    write_json(out / "unet/config.json", unet_config(model, description))
    write_json(out / "text_encoder/config.json", text)
    write_json(out / "scheduler/scheduler_config.json", {"_class_name": "DDIMScheduler", **SCHEDULER})
    if description.layouts:
        layout = {"_class_name": "LayoutEncoder", "hidden_size": CONTEXT_WIDTH, "max_objects": MAX_OBJECTS}
        write_json(out / "layout_encoder/config.json", layout)
    if description.has_classes:
        classes = list(description.classes)
        config = {"_class_name": "ClassEmbedder", "hidden_size": CONTEXT_WIDTH, "num_classes": len(classes)}
        write_json(out / "class_embedder/config.json", config)
        write_json(out / "class_embedder/classes.json", classes)


def copy_tokenizer(out: Path) -> None:
    """The files that @huggingface/tokenizers reads."""
    (out / "tokenizer").mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        shutil.copyfile(TEXT_ENCODER_FOLDER / name, out / "tokenizer" / name)


def write_manifest(out: Path) -> None:
    """`manifest.json`: size and SHA-256 of every other file but the model card, sorted by path.

    The SHA-256 of the manifest's own bytes thus names the exact weights.
    """
    files = sorted(p for p in out.rglob("*") if p.is_file() and p.name not in ("manifest.json", "README.md"))
    write_json(out / "manifest.json", {
        path.relative_to(out).as_posix(): {
            "size": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in files
    })
