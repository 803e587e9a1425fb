"""All networks of the model, loaded from the files that training leaves."""

from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel

from .autoencoder import Autoencoder
from .conditioning import ClassEmbedder, LayoutEncoder
from .text_encoder import TextEncoder
from .unet import make_unet

# The first checkpoint was written by a shorter-named ancestor of these modules.
RENAMED = {".n1.": ".norm1.", ".c1.": ".conv1.", ".n2.": ".norm2.", ".c2.": ".conv2.", ".c.": ".conv."}


@dataclass
class Components:
    """Networks in fp32 and eval mode; `mean` and `std` [1, 16, 1, 1] normalise latents: z = (E(x) - mean) / std."""

    text_encoder: TextEncoder
    unet: UNet2DConditionModel
    autoencoder: Autoencoder
    class_embedder: ClassEmbedder
    layout_encoder: LayoutEncoder
    mean: torch.Tensor
    std: torch.Tensor


def in_float(state: dict, prefix: str = "") -> dict:
    """The entries under `prefix`, without it, as fp32 (checkpoints are stored in half precision)."""
    return {key[len(prefix):]: value.float() for key, value in state.items() if key.startswith(prefix)}


def renamed(state: dict) -> dict:
    for old, new in RENAMED.items():
        state = {key.replace(old, new): value for key, value in state.items()}
    return state


def load_components(checkpoint: Path) -> Components:
    """Reads `unet.pt` (EMA weights of the UNet and the condition embedders, latent statistics) and `ae.pt`."""
    state = torch.load(checkpoint / "unet.pt", map_location="cpu")
    unet = make_unet(tuple(state["ch"]), **state.get("config", {}))
    unet.load_state_dict(in_float(state["eu"]))
    class_embedder = ClassEmbedder(len(state["ec"]["cls.weight"]))
    class_embedder.embedding.load_state_dict(in_float(state["ec"], "cls."))
    layout_encoder = LayoutEncoder()
    layout_encoder.load_state_dict(in_float(state["ec"], "layout."))
    autoencoder = Autoencoder()
    autoencoder.load_state_dict(renamed(in_float(torch.load(checkpoint / "ae.pt", map_location="cpu")["ema"])))
    parts = (TextEncoder(), unet.eval(), autoencoder.eval(), class_embedder.eval(), layout_encoder.eval())
    return Components(*parts, state["mean"].float(), state["std"].float())
