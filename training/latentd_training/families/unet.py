"""The denoising network, `UNet2DModel` or `UNet2DConditionModel`, as a graph."""

import torch
from diffusers import UNet2DConditionModel, UNet2DModel
from torch import nn

from latentd_training.families.graph import Axes, Feeds, Graph

SPATIAL = {0: "batch", 2: "height", 3: "width"}
GIVEN: dict[str, Axes] = {"encoder_hidden_states": {0: "batch", 1: "sequence"}, "class_labels": {0: "batch"}}
# Fields of diffusers' configs for conditions of other families; what they mean is not known here.
UNKNOWN = ("class_embed_type", "addition_embed_type", "encoder_hid_dim_type", "time_cond_proj_dim")

UNet = UNet2DModel | UNet2DConditionModel


def given_names(unet: UNet) -> list[str]:
    """Which conditions the network takes beside its concatenated ones."""
    config = unet.config
    blocks = [*config.down_block_types, str(config.mid_block_type), *config.up_block_types]
    attends = isinstance(unet, UNet2DConditionModel) and any("CrossAttn" in name for name in blocks)
    return ["encoder_hidden_states"] * attends + ["class_labels"] * (config.num_class_embeds is not None)


class Denoiser(nn.Module):
    """The network with its conditions in the order of `given_names`."""

    def __init__(self, unet: UNet):
        super().__init__()
        self.unet = unet
        self.given = given_names(unet)
        self.learned_time = getattr(unet.config, "time_embedding_type", None) == "learned"

    def forward(self, sample, timestep, *given):
        named = dict(zip(self.given, given, strict=True))
        if isinstance(self.unet, UNet2DConditionModel):
            named.setdefault("encoder_hidden_states", None)
        return self.unet(sample, timestep.long() if self.learned_time else timestep, **named).sample


def unet_graph(unet: UNet) -> Graph:
    """Inputs `sample` [B, C, h, w], `timestep` [B], and as the network needs them `encoder_hidden_states` [B, N, D] and
    `class_labels` [B] (int64); output `out_sample` [B, C', h, w].

    NotImplementedError: a field of the config asks for a condition of another family.
    """
    for field in UNKNOWN:
        if getattr(unet.config, field, None) is not None:
            value = getattr(unet.config, field)
            raise NotImplementedError(f"{field} of the UNet is {value!r}; only null can be exported here")
    names = given_names(unet)
    axes = {"sample": SPATIAL, "timestep": {0: "batch"}, **{name: GIVEN[name] for name in names}}
    examples = [example(unet, names, *size) for size in ((2, 2, 3, 5), (1, 4, 2, 1), (3, 1, 2, 7))]
    return Graph(Denoiser(unet), examples, {"out_sample": SPATIAL}, axes)


def example(unet: UNet, names: list[str], batch: int, rows: int, columns: int, tokens: int) -> Feeds:
    smallest = 2 ** (len(unet.config.block_out_channels) - 1)
    feeds = {
        "sample": torch.randn(batch, unet.config.in_channels, rows * smallest, columns * smallest),
        "timestep": torch.randint(0, 1000, (batch,)).float(),
    }
    if "encoder_hidden_states" in names:
        feeds["encoder_hidden_states"] = torch.randn(batch, tokens, unet.config.cross_attention_dim)
    if "class_labels" in names:
        feeds["class_labels"] = torch.randint(0, unet.config.num_class_embeds, (batch,))
    return feeds
