"""What the diffusion stage trains: the UNet together with the embedders of class and layout."""

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from torch import Tensor, nn

from latentd_training.denoiser.conditioning import ClassEmbedder, LayoutEncoder
from latentd_training.denoiser.sampling import Sampling
from latentd_training.denoiser.unet import make_unet
from latentd_training.training.checkpoint import save_checkpoint


@dataclass(frozen=True)
class DenoiserConfig:
    """Architecture of the UNet; see make_unet."""

    channels: tuple[int, ...] = (160, 256)
    addition_embed_type: str = "text"
    resnet_time_scale_shift: str = "scale_shift"
    attention_levels: int = 2


class Denoiser(nn.Module):
    """UNet, class embedder and layout encoder as one module, so that one optimizer and one EMA serve them."""

    def __init__(self, config: DenoiserConfig, latent_channels: int, classes: int) -> None:
        super().__init__()
        self.config = config
        self.unet: UNet2DConditionModel = make_unet(latent_channels=latent_channels, **asdict(config))
        self.class_embedder = ClassEmbedder(classes)
        self.layout_encoder = LayoutEncoder()

    def forward(self, sample: Tensor, timesteps: Tensor, context: Tensor) -> Tensor:
        """Sample [B, C + 1 + C + 48, h, w], timesteps [B], context [B, 24, D] → v [B, C, h, w] in fp32."""
        return self.unet(sample, timesteps, context).sample.float()


def export_weights(
    path: Path, denoiser: Denoiser, mean: Tensor, std: Tensor, step: int, seen: int, sampling: Sampling = Sampling()
) -> None:
    """Write half-precision weights with latent statistics: what load_components, and with it the export, reads."""

    def half(module: nn.Module) -> dict[str, Tensor]:
        return {name: value.half().contiguous() for name, value in module.state_dict().items()}

    embedders = {f"cls.{name}": value for name, value in half(denoiser.class_embedder.embedding).items()}
    embedders |= {f"layout.{name}": value for name, value in half(denoiser.layout_encoder).items()}
    config = asdict(denoiser.config)
    save_checkpoint(path, {
        "eu": half(denoiser.unet), "ec": embedders, "ch": config.pop("channels"), "config": config,
        "mean": mean, "std": std, "step": step, "seen": seen, "sampling": asdict(sampling),
    })


def load_weights(path: Path, denoiser: Denoiser) -> tuple[Tensor, Tensor]:
    """Start `denoiser` from exported weights; returns their latent statistics, mean and std [1, C, 1, 1].

    Where only the pooled-text embedding is new, it starts silent: the network is then exactly the one of the file.
    """
    state = torch.load(path, weights_only=True, map_location="cpu")
    missing, unexpected = denoiser.unet.load_state_dict(_floats(state["eu"]), strict=False)
    if unexpected or any(not name.startswith("add_embedding.") for name in missing):
        raise ValueError(f"Weights at {path} do not fit: missing {missing[:3]}, unexpected {unexpected[:3]}")
    if missing:
        nn.init.zeros_(denoiser.unet.add_embedding.norm2.weight)
        nn.init.zeros_(denoiser.unet.add_embedding.norm2.bias)
    embedders = _floats(state["ec"])
    denoiser.class_embedder.embedding.load_state_dict({"weight": embedders.pop("cls.weight")})
    denoiser.layout_encoder.load_state_dict({name.removeprefix("layout."): value for name, value in embedders.items()})
    return state["mean"].float(), state["std"].float()


def load_denoiser(path: Path) -> tuple[Denoiser, Tensor, Tensor]:
    """The denoiser that a file of exported weights describes, with mean and std [1, C, 1, 1] of its latents."""
    state = torch.load(path, weights_only=True, map_location="cpu")
    # The first checkpoint names its channels only.
    architecture = state.get("config", {"addition_embed_type": "", "resnet_time_scale_shift": "default"})
    config = DenoiserConfig(channels=tuple(state["ch"]), **architecture)
    denoiser = Denoiser(config, state["mean"].shape[1], len(state["ec"]["cls.weight"]))
    return denoiser, *load_weights(path, denoiser)


def _floats(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.float() for name, value in state.items()}
