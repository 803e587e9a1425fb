"""Tiny random models of the paper's own families, as diffusers folders.

Down-sampling factors, channels, scaling factors and noise levels are unlike those of published models, so that a
program that took them for granted is found out.
"""

import json
import tempfile
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, LDMPipeline, LDMSuperResolutionPipeline, LDMTextToImagePipeline
from diffusers import UNet2DConditionModel, UNet2DModel, VQModel
from diffusers.pipelines.latent_diffusion.pipeline_latent_diffusion import LDMBertConfig, LDMBertModel
from safetensors.torch import save_file
from transformers import BertTokenizer

from .weights import enlarge_channels, enlarge_conditions, enlarge_pictures, enlarge_tokens

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789,.!?'-"
WORDS = "an the of on in red green blue cat dog house tree apple photo painting squirrel eating burger ##ing ##er"
SPECIAL = "[PAD] [UNK] [CLS] [SEP] [MASK]"
VOCABULARY = "\n".join([*SPECIAL.split(), *LETTERS, *(f"##{each}" for each in LETTERS[:36]), *WORDS.split()]) + "\n"
CONTEXT = 20
CLASS_NAMES = ["tench", "goldfish", "great white shark", "hen"]  # and one more class, the empty one
EMBEDDED_CLASSES = 11  # the last of them is the empty one


def scheduler(**config: object) -> DDIMScheduler:
    betas = {"beta_schedule": "scaled_linear", "beta_start": 0.0011, "beta_end": 0.0045}
    return DDIMScheduler(**{**betas, "clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1, **config})


def kl(channels: int, scaling: float, widths: tuple[int, ...]) -> AutoencoderKL:
    n = len(widths)
    vae = AutoencoderKL(
        down_block_types=["DownEncoderBlock2D"] * n, up_block_types=["UpDecoderBlock2D"] * n, sample_size=48,
        block_out_channels=widths, latent_channels=channels, scaling_factor=scaling, norm_num_groups=3,
    )
    return enlarge_pictures(vae, channels)


def vq(channels: int, widths: tuple[int, ...], codes: int, **config: object) -> VQModel:
    n = len(widths)
    vae = VQModel(
        down_block_types=["DownEncoderBlock2D"] * n, up_block_types=["UpDecoderBlock2D"] * n, sample_size=48,
        block_out_channels=widths, num_vq_embeddings=codes, norm_num_groups=3,
        **{"latent_channels": channels, **config},
    )
    return enlarge_pictures(vae, channels)


def unet(in_channels: int, out_channels: int, sample_size: int, **config: object) -> UNet2DModel:
    return enlarge_conditions(UNet2DModel(
        sample_size=sample_size, in_channels=in_channels, out_channels=out_channels, block_out_channels=(8, 12),
        layers_per_block=1, norm_num_groups=4, attention_head_dim=4,
        down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"), **config,
    ))


def attending_unet(channels: int, sample_size: int, context: int) -> UNet2DConditionModel:
    return enlarge_conditions(UNet2DConditionModel(
        sample_size=sample_size, in_channels=channels, out_channels=channels, block_out_channels=(8, 12),
        layers_per_block=1, norm_num_groups=4, attention_head_dim=2, cross_attention_dim=context,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    ))


def tokenizer() -> BertTokenizer:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "vocab.txt").write_text(VOCABULARY)
        return BertTokenizer.from_pretrained(folder)


def text_to_image(folder: Path) -> None:
    tokens = tokenizer()
    bert = LDMBertModel(LDMBertConfig(
        vocab_size=len(tokens), encoder_layers=2, encoder_ffn_dim=36, encoder_attention_heads=2, head_dim=7,
        d_model=CONTEXT,
    ))
    LDMTextToImagePipeline(
        vqvae=kl(5, 0.73, (6, 12, 12)), bert=enlarge_tokens(bert), tokenizer=tokens,
        unet=attending_unet(5, 12, CONTEXT), scheduler=scheduler(),
    ).save_pretrained(folder)
    (folder / "tokenizer/tokenizer.json").unlink()  # the published model's tokenizer is older than that file
    (folder / "tokenizer/vocab.txt").write_text(VOCABULARY)


def unconditional(folder: Path) -> None:
    """The codebook is narrower than the decoder's input, so the latents have three channels and not six."""
    vae = vq(3, (9, 12), codes=21, latent_channels=6, vq_embed_dim=3, scaling_factor=0.61)
    LDMPipeline(vqvae=vae, unet=unet(3, 3, 20), scheduler=scheduler(steps_offset=0)).save_pretrained(folder)


def super_resolution(folder: Path) -> None:
    """The scaling factor is diffusers' default, which the pipeline does not look at."""
    network, vae = enlarge_channels(unet(6, 3, 16), first=3, factor=3), vq(3, (9, 12), codes=17)
    LDMSuperResolutionPipeline(vqvae=vae, unet=network, scheduler=scheduler()).save_pretrained(folder)


def class_labels(folder: Path) -> None:
    """Class ids straight into the network, the last of them for none; with names."""
    network = unet(4, 4, 16, num_class_embeds=len(CLASS_NAMES) + 1)
    parts = {"vae": kl(4, 1.7, (6, 12)), "unet": network, "scheduler": scheduler()}
    save_parts(folder, parts, id2label={str(index): name for index, name in enumerate(CLASS_NAMES)})


def class_context(folder: Path) -> None:
    """The paper's ImageNet model: an embedding of the class is the only token of cross-attention's context."""
    vae = vq(4, (6, 9, 12), codes=19, scaling_factor=1.0)
    parts = {"vqvae": vae, "unet": attending_unet(4, 8, 14), "scheduler": scheduler()}
    save_parts(folder, parts)
    (folder / "class_embedder").mkdir()
    weights = {"embedding.weight": torch.randn(EMBEDDED_CLASSES, 14)}
    save_file(weights, folder / "class_embedder/model.safetensors")


def inpainting(folder: Path) -> None:
    """As CompVis' inpainting_big: seven channels are latents, masked picture's latents, mask."""
    network = enlarge_channels(unet(7, 3, 12), first=3, factor=3)
    parts = {"vqvae": vq(3, (6, 9, 12), codes=23, scaling_factor=0.83), "unet": network, "scheduler": scheduler()}
    save_parts(folder, parts)


def save_parts(folder: Path, parts: dict, **fields: object) -> None:
    """What diffusers has no pipeline for: the parts one by one, and an index by hand."""
    for name, part in parts.items():
        part.save_pretrained(folder / name)
    index = {name: ["diffusers", type(part).__name__] for name, part in parts.items()}
    text = json.dumps({"_class_name": "LatentDiffusionPipeline", **index, **fields}, indent=2)
    (folder / "model_index.json").write_text(text + "\n")


# Model name to its builder and, where it has one, its empty class.
MODELS = {
    "tiny-ldm-text": (text_to_image, None),
    "tiny-ldm-unconditional": (unconditional, None),
    "tiny-ldm-class-labels": (class_labels, len(CLASS_NAMES)),
    "tiny-ldm-class-context": (class_context, EMBEDDED_CLASSES - 1),
    "tiny-ldm-super-resolution": (super_resolution, None),
    "tiny-ldm-inpainting": (inpainting, None),
}
