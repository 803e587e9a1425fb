"""The denoiser: diffusers' UNet2DConditionModel, with every condition that is a picture concatenated to the latents."""

from diffusers import UNet2DConditionModel

from latentd_training.first_stage.autoencoder import LATENT_CHANNELS

CONTEXT_WIDTH = 384



def concat(latent_channels: int, low_resolution: int) -> list[dict]:
    """What the input channels are, in this order; what a task does not use is zero. `low_resolution` is the side of the
    picture that super-resolution starts from."""
    how = f"{low_resolution}x{low_resolution} RGB in [-1, 1], pixel_unshuffle(4)"
    return [
        {"name": "latents", "channels": latent_channels},
        {"name": "mask", "channels": 1},
        {"name": "masked_image_latents", "channels": latent_channels, "hides": "latents"},
        {"name": "low_resolution", "channels": 48, "how": how},
    ]


def in_channels(latent_channels: int) -> int:
    """Input channels of the UNet: latents and all that is concatenated to them."""
    return sum(part["channels"] for part in concat(latent_channels, 0))


IN_CHANNELS = in_channels(LATENT_CHANNELS)


def make_unet(
    channels: tuple[int, ...],
    latent_channels: int = LATENT_CHANNELS,
    addition_embed_type: str = "",
    resnet_time_scale_shift: str = "default",
    attention_levels: int = 2,
) -> UNet2DConditionModel:
    """A UNet with `channels` at each resolution; heads are 64 wide where that divides, 80 in the 160-wide half.
    The lowest `attention_levels` resolutions attend, to themselves and to the context.

    `addition_embed_type="text"` adds the pooled context to the timestep embedding (Saharia et al. 2022,
    arXiv:2205.11487, D.1); `resnet_time_scale_shift="scale_shift"` modulates after the normalisation (Dhariwal and
    Nichol 2021, arXiv:2105.05233, adaptive group normalisation).
    """
    without = len(channels) - attention_levels
    return UNet2DConditionModel(
        sample_size=8,
        in_channels=in_channels(latent_channels),
        out_channels=latent_channels,
        addition_embed_type=addition_embed_type or None,
        resnet_time_scale_shift=resnet_time_scale_shift,
        block_out_channels=channels,
        layers_per_block=1,
        down_block_types=("DownBlock2D",) * without + ("CrossAttnDownBlock2D",) * attention_levels,
        up_block_types=("CrossAttnUpBlock2D",) * attention_levels + ("UpBlock2D",) * without,
        mid_block_type="UNetMidBlock2DCrossAttn",
        cross_attention_dim=CONTEXT_WIDTH,
        attention_head_dim=tuple(max(1, c // 64) for c in channels),  # diffusers reads this as the number of heads
        norm_num_groups=32,
    )
