"""Tiny Stable Diffusion pipelines with random weights, one of each family, made from fixed seeds."""

from collections.abc import Callable
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DiffusionPipeline,
    EulerDiscreteScheduler,
    LatentConsistencyModelPipeline,
    LCMScheduler,
    PNDMScheduler,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from .tokenizer import clip_tokenizer
from .weights import scale_text_encoder, scale_unet, scale_vae

BETAS = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
SD1 = {**BETAS, "steps_offset": 1, "set_alpha_to_one": False}
END = "<|endoftext|>"
UNCHECKED = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}


def text_encoder(width: int, activation: str, kind: type = CLIPTextModel, **more: Any) -> Any:
    # The special tokens are those that published configs name, whatever their tokenizers say.
    config = CLIPTextConfig(
        vocab_size=814, hidden_size=width, intermediate_size=2 * width, num_hidden_layers=3, num_attention_heads=2,
        hidden_act=activation, bos_token_id=0, eos_token_id=2, pad_token_id=1, **more,
    )
    made = kind(config).eval()
    scale_text_encoder(made)
    return made


def unet(**fields: Any) -> UNet2DConditionModel:
    usual = {
        "sample_size": 16, "block_out_channels": (8, 16), "norm_num_groups": 4, "layers_per_block": 1,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"), "attention_head_dim": 2,
    }
    made = UNet2DConditionModel(**{**usual, **fields}).eval()
    scale_unet(made)
    return made


def vae(levels: int, scaling_factor: float) -> AutoencoderKL:
    """Its down-sampling factor is 2^(levels − 1)."""
    made = AutoencoderKL(
        block_out_channels=[8] * levels, layers_per_block=1, norm_num_groups=4, latent_channels=4, sample_size=64,
        down_block_types=["DownEncoderBlock2D"] * levels, up_block_types=["UpDecoderBlock2D"] * levels,
        scaling_factor=scaling_factor,
    ).eval()
    scale_vae(made)
    return made


def sd(scaling_factor: float = 0.37) -> StableDiffusionPipeline:
    return StableDiffusionPipeline(
        text_encoder=text_encoder(16, "quick_gelu"), tokenizer=clip_tokenizer(END), unet=unet(cross_attention_dim=16),
        vae=vae(3, scaling_factor), scheduler=PNDMScheduler(**SD1, skip_prk_steps=True), **UNCHECKED,
    )


def sd2() -> StableDiffusionPipeline:
    return StableDiffusionPipeline(
        text_encoder=text_encoder(24, "gelu"), tokenizer=clip_tokenizer("!"), vae=vae(4, 0.53),
        unet=unet(cross_attention_dim=24, attention_head_dim=[2, 4], use_linear_projection=True),
        scheduler=DDIMScheduler(**SD1, clip_sample=False, prediction_type="v_prediction"), **UNCHECKED,
    )


def sdxl() -> StableDiffusionXLPipeline:
    return StableDiffusionXLPipeline(
        text_encoder=text_encoder(16, "quick_gelu"), tokenizer=clip_tokenizer(END),
        text_encoder_2=text_encoder(24, "gelu", CLIPTextModelWithProjection, projection_dim=20),
        tokenizer_2=clip_tokenizer("!"),
        unet=unet(
            cross_attention_dim=16 + 24, addition_embed_type="text_time", addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=6 * 8 + 20, attention_head_dim=[2, 4], use_linear_projection=True,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        ),
        vae=vae(3, 0.29), scheduler=EulerDiscreteScheduler(**BETAS, steps_offset=1, timestep_spacing="leading"),
        force_zeros_for_empty_prompt=True,
    )


def lcm() -> LatentConsistencyModelPipeline:
    return LatentConsistencyModelPipeline(
        text_encoder=text_encoder(16, "quick_gelu"), tokenizer=clip_tokenizer(END),
        unet=unet(cross_attention_dim=16, time_cond_proj_dim=20), vae=vae(2, 0.61),
        scheduler=LCMScheduler(**BETAS, set_alpha_to_one=True), **UNCHECKED,
    )


def sd_inpaint() -> StableDiffusionInpaintPipeline:
    return StableDiffusionInpaintPipeline(
        text_encoder=text_encoder(16, "quick_gelu"), tokenizer=clip_tokenizer(END),
        unet=unet(cross_attention_dim=16, in_channels=9), vae=vae(3, 0.43),
        scheduler=PNDMScheduler(**SD1, skip_prk_steps=True), **UNCHECKED,
    )


FAMILIES: dict[str, Callable[[], DiffusionPipeline]] = {
    "tiny-sd": sd,
    "tiny-sd2": sd2,
    "tiny-sdxl": sdxl,
    "tiny-lcm": lcm,
    "tiny-sd-inpaint": sd_inpaint,
    # Its folder has no config of the VAE: the scaling factor is what AutoencoderKL takes if nothing is said.
    "tiny-sd-old": lambda: sd(0.18215),
}


def make(name: str) -> DiffusionPipeline:
    torch.manual_seed(1 + list(FAMILIES).index(name))
    made = FAMILIES[name]()
    # Version 2 is exported with 16-bit weights; what PyTorch computes in 32 bits has the same values.
    return made.to(torch.float16).to(torch.float32) if name == "tiny-sd2" else made
