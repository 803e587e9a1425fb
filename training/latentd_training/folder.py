"""Everything of a model folder that is not a graph: configurations, tokenizer, manifest."""

import hashlib
import json
import shutil
from pathlib import Path

from .autoencoder import FACTOR, LATENT_CHANNELS
from .components import Components
from .conditioning import class_names
from .sampling import SCHEDULER
from .text_encoder import FOLDER as TEXT_ENCODER_FOLDER
from .text_encoder import MAX_TOKENS
from .unet import CONCAT, CONTEXT_WIDTH, IN_CHANNELS

SAMPLE_SIZE = 128
LAYOUT_SLOTS = 3
MODEL_INDEX = {
    "_class_name": "LatentDiffusionPipeline",
    "_diffusers_version": "0.42.1",
    "text_encoder": ["transformers", "BertModel"],
    "tokenizer": ["transformers", "BertTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "class_embedder": ["latentd", "ClassEmbedder"],
    "layout_encoder": ["latentd", "LayoutEncoder"],
    "latentd": {
        "name": "emoji-128",
        "title": "Emoji-style pictures of 128x128 pixels",
        "licence": "Apache-2.0",
        "tasks": [
            "text-to-image", "image-to-image", "inpainting", "super-resolution",
            "class-conditional", "unconditional", "layout-to-image",
        ],
        "defaults": {"width": SAMPLE_SIZE, "height": SAMPLE_SIZE, "steps": 20, "guidance": 4.0, "scheduler": "ddim"},
    },
}


def write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_configs(out: Path, model: Components) -> None:
    """`config.json` of every part, in diffusers' terms where it has them."""
    autoencoder = {
        "_class_name": "AutoencoderKL",
        "latent_channels": LATENT_CHANNELS,
        "downsample_factor": FACTOR,
        "scaling_factor": 1.0,
        "latents_mean": model.mean.flatten().tolist(),
        "latents_std": model.std.flatten().tolist(),
        "sample_size": SAMPLE_SIZE,
        "posterior": "mean",
    }
    unet = {
        "_class_name": "UNet2DConditionModel",
        "sample_size": SAMPLE_SIZE // FACTOR,
        "in_channels": IN_CHANNELS,
        "out_channels": LATENT_CHANNELS,
        "cross_attention_dim": CONTEXT_WIDTH,
        "block_out_channels": list(model.unet.config.block_out_channels),
        "addition_embed_type": model.unet.config.addition_embed_type,
        "resnet_time_scale_shift": model.unet.config.resnet_time_scale_shift,
        "concat": CONCAT,
        "graphs": {"float": "model.onnx", "integer": "model_int8.onnx"},
    }
    text = {"_class_name": "BertModel", "hidden_size": CONTEXT_WIDTH, "max_length": MAX_TOKENS, "padding": "max_length"}
    layout = {"_class_name": "LayoutEncoder", "hidden_size": CONTEXT_WIDTH, "max_objects": LAYOUT_SLOTS}
    classes = {"_class_name": "ClassEmbedder", "hidden_size": CONTEXT_WIDTH, "num_classes": len(class_names())}
    write_json(out / "model_index.json", MODEL_INDEX)
    write_json(out / "vae_encoder/config.json", autoencoder)
    write_json(out / "vae_decoder/config.json", autoencoder)
    write_json(out / "unet/config.json", unet)
    write_json(out / "text_encoder/config.json", text)
    write_json(out / "layout_encoder/config.json", layout)
    write_json(out / "class_embedder/config.json", classes)
    write_json(out / "class_embedder/classes.json", class_names())
    write_json(out / "scheduler/scheduler_config.json", {"_class_name": "DDIMScheduler", **SCHEDULER})


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
