"""The networks of a model folder as PyTorch modules with exactly its weights, in fp32: the reference for its graphs."""

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

from latentd_training.denoiser.conditioning import ClassEmbedder, LayoutEncoder, class_names
from latentd_training.denoiser.text_encoder import TextEncoder
from latentd_training.denoiser.unet import CONTEXT_WIDTH, IN_CHANNELS, make_unet
from latentd_training.first_stage.first_stage import KlFirstStage
from latentd_training.model.components import Components


def tensors_of(path: Path) -> dict[str, torch.Tensor]:
    """Weights of a graph by name, with their scales multiplied in."""
    stored = {
        tensor.name: torch.from_numpy(np.array(onnx.numpy_helper.to_array(tensor, str(path.parent))))
        for tensor in onnx.load(path, load_external_data=False).graph.initializer
    }
    weights = {}
    for name, value in stored.items():
        if value.dtype == torch.int64:
            continue
        value = value.float()
        for suffix in ("weight_scale", "row_scale"):
            if name.endswith(".weight"):
                value = value * stored.get(name.removesuffix("weight") + suffix, 1)
        weights[name] = value
    for name in [name for name in weights if name.endswith(".first_rows")]:
        rows = weights[name]
        weights[name.replace("first_rows", "weight")][: len(rows)] = rows
    return weights


def as_parameter(value: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """A stored tensor in the layout of PyTorch's parameter; undoes `layers.as_matrix`."""
    if value.shape == like.shape and like.ndim != 2:
        return value
    if like.ndim == 4:
        k = like.shape[2]
        return value.unflatten(0, (k, k, -1)).permute(3, 2, 0, 1)[:, : like.shape[1]].contiguous()
    if like.ndim == 2:
        return value.T.contiguous()
    return value.reshape(like.shape)


def fill(module: nn.Module, weights: dict[str, torch.Tensor]) -> None:
    """Sets every parameter; raises KeyError if the graph lacks one."""
    layers = {f"{name}.weight" for name, part in module.named_modules() if isinstance(part, nn.Linear | nn.Conv2d)}
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            value = weights[name]
            parameter.copy_(as_parameter(value, parameter) if name in layers else value.reshape(parameter.shape))


def split_projections(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Names as in diffusers, where query, key and value are separate; drops the wrapper's prefix."""
    split = {}
    for name, value in weights.items():
        name = name.removeprefix("unet.")
        for fused, parts in (("to_qkv", ("to_q", "to_k", "to_v")), ("to_kv", ("to_k", "to_v"))):
            if f".{fused}." in name:
                for part, chunk in zip(parts, value.chunk(len(parts), -1), strict=True):
                    split[name.replace(fused, part)] = chunk
                break
        else:
            split[name] = value
    return split


def load_shipped(folder: Path) -> Components:
    """Reads `model.onnx` of every part of a folder that `export` wrote."""
    unet_config = json.loads((folder / "unet/config.json").read_text())
    vae_config = json.loads((folder / "vae_decoder/config.json").read_text())
    assert (unet_config["in_channels"], unet_config["cross_attention_dim"]) == (IN_CHANNELS, CONTEXT_WIDTH)
    unet = make_unet(
        tuple(unet_config["block_out_channels"]),
        addition_embed_type=unet_config["addition_embed_type"] or "",
        resnet_time_scale_shift=unet_config["resnet_time_scale_shift"],
    )
    fill(unet, split_projections(tensors_of(folder / "unet/model.onnx")))
    text_encoder = TextEncoder()
    del text_encoder.bert.pooler
    fill(text_encoder, tensors_of(folder / "text_encoder/model.onnx"))
    autoencoder = KlFirstStage()
    fill(autoencoder.enc, tensors_of(folder / "vae_encoder/model.onnx"))
    fill(autoencoder.dec, tensors_of(folder / "vae_decoder/model.onnx"))
    class_embedder, layout_encoder = ClassEmbedder(len(class_names())), LayoutEncoder()
    fill(class_embedder, tensors_of(folder / "class_embedder/model.onnx"))
    fill(layout_encoder, tensors_of(folder / "layout_encoder/model.onnx"))
    parts = (text_encoder, unet.eval(), autoencoder.eval(), class_embedder.eval(), layout_encoder.eval())
    mean, std = (torch.tensor(vae_config[key]).view(1, -1, 1, 1) for key in ("latents_mean", "latents_std"))
    return Components(*parts, mean, std)
