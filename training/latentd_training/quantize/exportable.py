"""The UNet as it is exported: diffusers' own modules, the leaves replaced by ones with stored weights and fused ops."""

from collections.abc import Callable
from copy import deepcopy

import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from diffusers.models.activations import GEGLU
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from torch import nn

from latentd_training.quantize.layers import Storage, StoredConv, StoredLinear
from latentd_training.quantize.onnx_ops import GroupNormalize, MultiHeadAttention, ToImage, ToTokens

Plan = Callable[[str, nn.Module], Storage]
"""Chooses how the layer of a name is stored."""


class ExportedGroupNorm(nn.Module):
    """nn.GroupNorm through `GroupNormalize`."""

    def __init__(self, layer: nn.GroupNorm):
        super().__init__()
        self.eps = layer.eps
        self.register_buffer("ones", torch.ones(layer.num_groups))
        self.register_buffer("zeros", torch.zeros(layer.num_groups))
        self.register_buffer("weight", layer.weight.data[:, None, None])
        self.register_buffer("bias", layer.bias.data[:, None, None])

    def forward(self, x):
        return GroupNormalize.apply(x, self.ones, self.zeros, self.eps) * self.weight + self.bias


class ExportedTransformer(nn.Module):
    """Transformer2DModel with its 1×1 convolutions as products over tokens."""

    def __init__(self, model: Transformer2DModel):
        super().__init__()
        self.norm, self.proj_in, self.proj_out = model.norm, model.proj_in, model.proj_out
        self.transformer_blocks = model.transformer_blocks

    def forward(self, hidden_states, encoder_hidden_states=None, **_):
        tokens = self.proj_in(ToTokens.apply(self.norm(hidden_states)))
        for block in self.transformer_blocks:
            tokens = block(tokens, encoder_hidden_states=encoder_hidden_states)
        return (ToImage.apply(self.proj_out(tokens), hidden_states) + hidden_states,)


class ExportedGEGLU(nn.Module):
    """diffusers' gated GELU, split where the widths are known."""

    def __init__(self, layer: GEGLU):
        super().__init__()
        self.proj = layer.proj

    def forward(self, hidden_states):
        value, gate = parts(self.proj(hidden_states), 2)
        return value * F.gelu(gate)


def parts(x: torch.Tensor, count: int) -> tuple[torch.Tensor, ...]:
    """Equal parts of the last axis; sizes as plain numbers make one Split, `chunk` would compute them in the graph."""
    return torch.split(x, int(x.shape[-1]) // count, -1)


class FusedAttention:
    """diffusers attention processor for fused projections, through `MultiHeadAttention`."""

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, **_):
        if encoder_hidden_states is None:
            q, k, v = parts(attn.to_qkv(hidden_states), 3)
        else:
            q = attn.to_q(hidden_states)
            k, v = parts(attn.to_kv(encoder_hidden_states), 2)
        return attn.to_out[0](MultiHeadAttention.apply(q, k, v, attn.heads))


def store_leaves(module: nn.Module, plan: Plan, path: str = "") -> nn.Module:
    """Replaces every Linear, Conv2d and GroupNorm under `module`, in place."""
    for name, child in module.named_children():
        full = f"{path}.{name}" if path else name
        if isinstance(child, nn.Linear) or (isinstance(child, nn.Conv2d) and name in ("proj_in", "proj_out")):
            setattr(module, name, StoredLinear(child, plan(full, child)))
        elif isinstance(child, nn.Conv2d):
            setattr(module, name, StoredConv(child, plan(full, child)))
        elif isinstance(child, nn.GroupNorm):
            setattr(module, name, ExportedGroupNorm(child))
        else:
            store_leaves(child, plan, full)
            if isinstance(child, Transformer2DModel):
                setattr(module, name, ExportedTransformer(child))
            elif isinstance(child, GEGLU):
                setattr(module, name, ExportedGEGLU(child))
    return module


def pad_input_channels(unet: UNet2DConditionModel, multiple: int = 4) -> int:
    """Widens `conv_in` with zero weights; returns by how many channels. onnxruntime-web's WebGPU convolution is wrong

    for some odd numbers of input channels, 81 among them (microsoft/onnxruntime#29651).
    """
    weight = unet.conv_in.weight.data
    extra = -weight.shape[1] % multiple
    unet.conv_in.weight = nn.Parameter(F.pad(weight, (0, 0, 0, 0, 0, extra)))
    unet.conv_in.in_channels += extra
    return extra


def fused(unet: UNet2DConditionModel) -> UNet2DConditionModel:
    """A copy with fused query, key and value projections, and without the layers that these replace."""
    unet = deepcopy(unet)
    unet.fuse_qkv_projections()
    for module in unet.modules():
        if hasattr(module, "to_qkv"):
            del module.to_q, module.to_k, module.to_v
        elif hasattr(module, "to_kv"):
            del module.to_k, module.to_v
    return unet


class ExportedUNet(nn.Module):
    """`sample` [B, 81, h, w], `timestep` [B], `encoder_hidden_states` [B, N, 384] to `out_sample` [B, 16, h, w]."""

    def __init__(self, unet: UNet2DConditionModel, plan: Plan):
        super().__init__()
        unet = fused(unet)
        self.extra = pad_input_channels(unet)
        unet.set_attn_processor(FusedAttention())
        self.unet = store_leaves(unet, plan)

    def forward(self, sample, timestep, encoder_hidden_states):
        sample = F.pad(sample, (0, 0, 0, 0, 0, self.extra))
        return self.unet(sample, timestep, encoder_hidden_states, return_dict=False)[0]
