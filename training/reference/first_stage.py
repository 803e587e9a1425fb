"""Writes tests/first_stage: an autoencoder with random weights, what diffusers makes with it in tiles, and one whose decoder
overflows in half precision.

From the repository root, with training/requirements.txt installed:
    python training/reference/first_stage.py
"""

import json
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

FOLDER = Path("tests/first_stage")
FIELDS = ["_class_name", "block_out_channels", "latent_channels", "sample_size", "scaling_factor"]
# Rows and columns of latents: each is cut into tiles of 16 that begin every 12, and the last one is more than overlap.
LATENTS = (42, 29)
# The weights of the first convolution times this: what comes out is beyond float16's 65504, and its norms undo it.
BEYOND_HALF = 2.0**16


def autoencoder() -> AutoencoderKL:
    torch.manual_seed(11)
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
        block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4, latent_channels=4, sample_size=32,
        scaling_factor=0.5,
    ).eval()
    # Default weights give grey.
    with torch.no_grad():
        vae.decoder.conv_out.weight *= 3
    return vae


class Decoder(torch.nn.Module):
    def __init__(self, vae: AutoencoderKL) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, latent_sample: torch.Tensor) -> torch.Tensor:
        return self.vae.decode(latent_sample, return_dict=False)[0]


class Encoder(torch.nn.Module):
    def __init__(self, vae: AutoencoderKL) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, sample: torch.Tensor) -> torch.Tensor:
        return self.vae.encode(sample, return_dict=False)[0].parameters


def export(module: torch.nn.Module, example: torch.Tensor, folder: Path, names: tuple[str, str], vae: AutoencoderKL) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    axes = {name: {0: "batch", 2: f"{name}_height", 3: f"{name}_width"} for name in names}
    torch.onnx.export(
        module, (example,), folder / "model.onnx", dynamo=False, opset_version=17,
        input_names=[names[0]], output_names=[names[1]], dynamic_axes=axes,
    )
    config = {name: vae.config[name] for name in FIELDS if name in vae.config}
    (folder / "config.json").write_text(json.dumps({"_class_name": "AutoencoderKL", **config}, indent=2) + "\n")


def save(name: str, tensor: torch.Tensor) -> None:
    np.save(FOLDER / f"{name}.npy", tensor.float().numpy())


@torch.no_grad()
def tiled() -> None:
    vae = autoencoder()
    latents = torch.randn(1, 4, *LATENTS)
    picture = torch.nn.functional.interpolate(torch.rand(1, 3, 12, 9), (84, 58), mode="bicubic").clamp(0, 1) * 2 - 1
    export(Decoder(vae), latents, FOLDER / "tiled" / "vae_decoder", ("latent_sample", "sample"), vae)
    export(Encoder(vae), picture, FOLDER / "tiled" / "vae_encoder", ("sample", "latent_parameters"), vae)
    vae.enable_tiling()
    save("latents", latents * vae.config.scaling_factor)
    save("decoded_in_tiles", vae.decode(latents).sample)
    save("picture", picture)
    save("encoded_in_tiles", vae.encode(picture).latent_dist.mode() * vae.config.scaling_factor)


@torch.no_grad()
def overflowing() -> None:
    vae = autoencoder()
    vae.decoder.conv_in.weight *= BEYOND_HALF / 16
    vae.post_quant_conv.weight *= 16
    vae.half()
    latents = torch.randn(1, 4, 6, 5)
    export(Decoder(vae), latents.half(), FOLDER / "overflowing" / "vae_decoder", ("latent_sample", "sample"), vae)
    assert not Decoder(vae)(latents.half()).isfinite().all()
    save("overflowing_latents", latents * vae.config.scaling_factor)
    save("overflowing_decoded", Decoder(vae.float())(latents))


tiled()
overflowing()
