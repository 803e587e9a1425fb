"""The first stage, `AutoencoderKL` or `VQModel`, as one graph for the encoder and one for the decoder."""

import torch
from diffusers import AutoencoderKL, VQModel
from torch import nn

from latentd_training.families.graph import Graph

SPATIAL = {0: "batch", 2: "height", 3: "width"}
LATENT = {0: "batch", 2: "latent_height", 3: "latent_width"}
CODES_AT_ONCE = 1024  # distances to 8,192 codes at once would take 0.5 GB for a picture of 512x512

FirstStage = AutoencoderKL | VQModel


def latent_channels(vae: FirstStage) -> int:
    """Channels of the latents outside: a VQ model's codebook may be narrower than its decoder's input."""
    if isinstance(vae, VQModel) and vae.config.vq_embed_dim is not None:
        return vae.config.vq_embed_dim
    return vae.config.latent_channels


def downsampling_factor(vae: FirstStage) -> int:
    return 2 ** (len(vae.config.block_out_channels) - 1)


class Encoder(nn.Module):
    """Pictures in [-1, 1] to mean and log-variance stacked (KL), or to latents that are not quantised yet (VQ)."""

    def __init__(self, vae: FirstStage):
        super().__init__()
        self.encoder = vae.encoder
        self.quant_conv = vae.quant_conv or nn.Identity()

    def forward(self, sample):
        return self.quant_conv(self.encoder(sample))


class KLDecoder(nn.Module):
    """Latents divided by the scaling factor to pictures in [-1, 1], not clamped."""

    def __init__(self, vae: AutoencoderKL):
        super().__init__()
        self.decoder = vae.decoder
        self.post_quant_conv = vae.post_quant_conv or nn.Identity()

    def forward(self, latent_sample):
        return self.decoder(self.post_quant_conv(latent_sample))


class VQDecoder(nn.Module):
    """Latents, each replaced by the nearest entry of the codebook first, to pictures: `VQModel.decode`."""

    def __init__(self, vae: VQModel):
        super().__init__()
        self.codes = vae.quantize.embedding.weight
        self.post_quant_conv = vae.post_quant_conv
        self.decoder = vae.decoder
        self.spatial_norm = vae.config.norm_type == "spatial"

    def forward(self, latent_sample):
        quantised = self.nearest(latent_sample.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return self.decoder(self.post_quant_conv(quantised), quantised if self.spatial_norm else None)

    def nearest(self, z):
        """The entry e with the least |e|^2 - 2 z.e for each z, [..., D]; the first of equals as argmin has it."""
        best = least = None
        for codes in self.codes.split(CODES_AT_ONCE):
            distance = codes.square().sum(1) - 2 * z @ codes.T
            entry = codes[distance.argmin(-1)]
            distance = distance.amin(-1, keepdim=True)
            if best is None:
                best, least = entry, distance
            else:
                best = torch.where(distance < least, entry, best)
                least = torch.minimum(distance, least)
        return best


def encoder_graph(vae: FirstStage) -> Graph:
    """Input `sample` [B, 3, H, W], output `latent_parameters` [B, 2C, h, w] (KL) or `latent_sample` [B, C, h, w] (VQ).
    """
    output = "latent_parameters" if isinstance(vae, AutoencoderKL) else "latent_sample"
    factor = downsampling_factor(vae)
    examples = [
        {"sample": torch.rand(batch, vae.config.in_channels, rows * factor, columns * factor) * 2 - 1}
        for batch, rows, columns in ((2, 4, 6), (1, 6, 2))
    ]
    return Graph(Encoder(vae), examples, {output: LATENT}, {"sample": SPATIAL})


def decoder_graph(vae: FirstStage) -> Graph:
    """Input `latent_sample` [B, C, h, w], output `sample` [B, 3, H, W]."""
    decoder = KLDecoder(vae) if isinstance(vae, AutoencoderKL) else VQDecoder(vae)
    examples = [
        {"latent_sample": torch.randn(batch, latent_channels(vae), rows, columns)}
        for batch, rows, columns in ((2, 4, 6), (1, 6, 2))
    ]
    return Graph(decoder, examples, {"sample": SPATIAL}, {"latent_sample": LATENT})
