"""All networks of the model, loaded from the files that training leaves."""

from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel

from latentd_training.denoiser.conditioning import ClassEmbedder, LayoutEncoder
from latentd_training.denoiser.sampling import Sampling
from latentd_training.denoiser.text_encoder import TextEncoder
from latentd_training.denoiser.unet import make_unet
from latentd_training.first_stage.first_stage import KlFirstStage, VqFirstStage, load_first_stage
from latentd_training.training.half_weights import in_float


@dataclass
class Components:
    """Networks in fp32 and eval mode; `mean` and `std` [1, C, 1, 1] normalise latents: z = (E(x) - mean) / std."""

    text_encoder: TextEncoder
    unet: UNet2DConditionModel
    autoencoder: KlFirstStage | VqFirstStage
    class_embedder: ClassEmbedder
    layout_encoder: LayoutEncoder
    mean: torch.Tensor
    std: torch.Tensor
    sampling: Sampling = Sampling()


def load_components(checkpoint: Path, first_stage: Path | None = None) -> Components:
    """Reads `unet.pt` (EMA weights of the UNet and the condition embedders, latent statistics) and the first stage,
    `ae.pt` beside it if no other is named."""
    state = torch.load(checkpoint / "unet.pt", weights_only=True, map_location="cpu")
    autoencoder = load_first_stage(first_stage or checkpoint / "ae.pt")
    if autoencoder.latent_channels != (channels := state["mean"].shape[1]):
        has = f"The first stage has {autoencoder.latent_channels} latent channels"
        raise ValueError(f"{has}; {checkpoint / 'unet.pt'} was trained on {channels}")
    unet = make_unet(tuple(state["ch"]), channels, **state.get("config", {}))
    unet.load_state_dict(in_float(state["eu"]))
    class_embedder = ClassEmbedder(len(state["ec"]["cls.weight"]))
    class_embedder.embedding.load_state_dict(in_float(state["ec"], "cls."))
    layout_encoder = LayoutEncoder()
    layout_encoder.load_state_dict(in_float(state["ec"], "layout."))
    parts = (TextEncoder(), unet.eval(), autoencoder, class_embedder.eval(), layout_encoder.eval())
    sampling = Sampling(**state.get("sampling", {}))
    return Components(*parts, state["mean"].float(), state["std"].float(), sampling)
