"""Scales random weights until they make pictures in which a mistake shows.

Weights as they are drawn make grey pictures that hardly depend on the prompt, the timestep or the scheduler.
"""

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import nn

TOKEN_STD = 0.6
MEAN = 0.3
CONTEXT = 12
# Attention that looks at a few tokens: without, the padding outweighs the prompt.
KEY = 4
GUIDANCE = 10
POOLED = 3
PROJECTION = 5
TIME = 2
PIXEL_STD = 0.5
# Of the posterior: its mean beside latents of variance 1, and log σ², so that a drawn sample differs from it.
MEAN_STD = 0.8
LOG_VARIANCE = -1.5


def scale_to(layer: nn.Module, std: float, measured: torch.Tensor) -> None:
    factor = std / measured.std()
    layer.weight.mul_(factor)
    if layer.bias is not None:
        layer.bias.mul_(factor)


@torch.no_grad()
def scale_text_encoder(text_encoder: nn.Module) -> None:
    """Hidden states get a mean that is not zero, as trained ones have: emphasis divides by it."""
    text_encoder.text_model.embeddings.token_embedding.weight.normal_(MEAN, TOKEN_STD)
    norm = text_encoder.text_model.final_layer_norm
    norm.weight.normal_(1, 0.3)
    norm.bias.normal_(MEAN, 0.3)
    if hasattr(text_encoder, "text_projection"):
        text_encoder.text_projection.weight.mul_(PROJECTION)


@torch.no_grad()
def scale_unet(unet: UNet2DConditionModel) -> None:
    for name, layer in unet.named_modules():
        if name.endswith("attn2.to_out.0"):
            layer.weight.mul_(CONTEXT)
        if name.endswith("attn2.to_k"):
            layer.weight.mul_(KEY)
        if name.endswith("cond_proj"):
            layer.weight.mul_(GUIDANCE)
        if name.endswith("time_emb_proj"):
            layer.weight.mul_(TIME)
    config = unet.config
    given: dict[str, object] = {}
    if config.addition_embed_type == "text_time":
        unet.add_embedding.linear_2.weight.mul_(POOLED)
        pooled = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
        size = torch.tensor([64.0, 48.0, 0.0, 0.0, 64.0, 48.0]).repeat(2, 1)
        given["added_cond_kwargs"] = {"text_embeds": torch.randn(2, pooled), "time_ids": size}
    if config.time_cond_proj_dim is not None:
        given["timestep_cond"] = torch.randn(2, config.time_cond_proj_dim)
    sample = torch.randn(2, config.in_channels, 16, 12)
    context = torch.randn(2, 77, config.cross_attention_dim)
    scale_to(unet.conv_out, 1, unet(sample, 500, context, **given).sample)


@torch.no_grad()
def scale_vae(vae: AutoencoderKL) -> None:
    factor = vae.config.scaling_factor
    mean, log_variance = vae.encode(torch.rand(2, 3, 64, 48) * 2 - 1).latent_dist.parameters.chunk(2, dim=1)
    channels = vae.config.latent_channels
    rows = torch.ones(2 * channels)
    rows[:channels] = MEAN_STD / factor / mean.std()
    rows[channels:] = 0.3 / log_variance.std()
    vae.quant_conv.weight.mul_(rows[:, None, None, None])
    vae.quant_conv.bias.zero_()
    vae.quant_conv.bias[channels:] = LOG_VARIANCE
    latents = torch.randn(2, channels, 16, 12) / factor
    scale_to(vae.decoder.conv_out, PIXEL_STD, vae.decode(latents).sample)
