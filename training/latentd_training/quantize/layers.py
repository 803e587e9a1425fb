"""Layers whose weights are stored small, as they are exported: fp16, or int8 with one scale for each output channel.

Weights lie as [K, N] for x @ W, those of a k×k convolution as [k * k * in, out]: one set of bytes then serves the float
graph and the integer graph.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from latentd_training.quantize.onnx_ops import IntegerMatMul, Quantize


@dataclass(frozen=True)
class Storage:
    """How a layer's weights are stored and its product computed.

    `bits` is 32, 16 or 8. `span`, the range of the input, makes the product integer. `balanced` scales the inputs of
    the weight as well as its outputs, for networks with single huge weights; only without `span`.
    """

    bits: int = 16
    span: tuple[float, float] | None = None
    balanced: bool = False


def as_matrix(weight: torch.Tensor) -> torch.Tensor:
    """[out, in] or [out, in, k, k] to [K, N]."""
    return (weight.T if weight.ndim == 2 else weight.permute(2, 3, 1, 0).flatten(0, 2)).contiguous()


def input_rounding(span: tuple[float, float]) -> tuple[torch.Tensor, torch.Tensor]:
    """Scale and uint8 zero point that map a range, which holds 0, to 256 levels."""
    low, high = span
    scale = (high - low) / 255
    return torch.tensor(scale), torch.tensor(round(-low / scale), dtype=torch.uint8)


class StoredMatrix(nn.Module):
    """A weight [K, N] in fp32 or fp16, or in int8 with scales [N]."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None, storage: Storage):
        super().__init__()
        self.storage = storage
        if storage.bits == 8:
            if storage.balanced:
                rows = weight.abs().amax(1, keepdim=True).clamp_min(1e-6).sqrt()
                self.register_buffer("row_scale", rows)
                weight = weight / rows
            integers, scale = quantize_columns(weight)
            self.register_buffer("weight", integers)
            self.register_buffer("weight_scale", scale)
        else:
            self.register_buffer("weight", weight.half() if storage.bits == 16 else weight)
        self.register_buffer("bias", bias)
        if storage.span:
            scale, zero_point = input_rounding(storage.span)
            self.register_buffer("input_scale", scale)
            self.register_buffer("input_zero_point", zero_point)

    def matrix(self) -> torch.Tensor:
        """The weight in fp32. Cast and Mul of constants: every onnxruntime folds them when it loads the graph."""
        weight = self.weight.float()
        if self.storage.bits == 8:
            weight = weight * self.weight_scale
        return weight * self.row_scale if self.storage.balanced else weight

    def quantize(self, x):
        return Quantize.apply(x, self.input_scale, self.input_zero_point)

    def multiply(self, x):
        bias = self.bias if self.bias is not None else torch.zeros_like(self.weight_scale)
        return IntegerMatMul.apply(x, self.weight, self.input_scale, self.weight_scale, self.input_zero_point, bias)


def quantize_columns(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """[K, N] to int8 [K, N] in [-127, 127] and scale [N]: of 20 clipping levels the one of least squared error."""
    largest = weight.abs().amax(0).clamp_min(1e-12)
    best = torch.full_like(largest, torch.inf)
    scale = largest / 127
    for level in torch.linspace(0.62, 1, 20):
        trial = largest * level / 127
        error = ((weight / trial).round().clamp(-127, 127) * trial - weight).square().sum(0)
        scale = torch.where(error < best, trial, scale)
        best = torch.minimum(best, error)
    return (weight / scale).round().clamp(-127, 127).to(torch.int8), scale


class StoredLinear(StoredMatrix):
    """nn.Linear, or a 1×1 convolution over tokens: [..., in] to [..., out]."""

    def __init__(self, layer: nn.Linear | nn.Conv2d, storage: Storage):
        bias = layer.bias.data if layer.bias is not None else None
        super().__init__(as_matrix(layer.weight.data), bias, storage)

    def forward(self, x):
        if self.storage.span:
            return self.multiply(self.quantize(x))
        product = x @ self.matrix()
        return product if self.bias is None else product + self.bias


class StoredConv(StoredMatrix):
    """nn.Conv2d with square kernel and equal padding: [B, in, h, w] to [B, out, h', w'].

    Its integer form gathers the k×k neighbours (im2col) and multiplies: onnxruntime's ConvInteger is slow, and
    QLinearConv would round the output to 8 bits as well.
    """

    def __init__(self, layer: nn.Conv2d, storage: Storage):
        super().__init__(as_matrix(layer.weight.data), layer.bias.data, storage)
        self.kernel, self.stride, self.padding = layer.kernel_size[0], layer.stride[0], layer.padding[0]

    def forward(self, x):
        if self.storage.span:
            pixels = self.quantize(x).permute(0, 2, 3, 1)
            columns = pixels if self.kernel == 1 else self.columns(pixels)
            return self.multiply(columns).permute(0, 3, 1, 2)
        k = self.kernel
        weight = self.matrix().unflatten(0, (k, k, -1)).permute(3, 2, 0, 1)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding)

    def columns(self, x):
        """uint8 [B, h, w, in] to [B, h', w', k * k * in]; outside the picture is the zero point."""
        k, s, p = self.kernel, self.stride, self.padding
        x = F.pad(x, (0, 0, p, p, p, p), value=int(self.input_zero_point))
        last = [i - (k - 1) or None for i in range(k)]
        rows = torch.cat([x[:, :, i:last[i]:s] for i in range(k)], -1)
        return torch.cat([rows[:, i:last[i]:s] for i in range(k)], -1)


class StoredEmbedding(nn.Module):
    """nn.Embedding in int8 with one scale for each row: ids [...] to [..., D].

    The first `exact` rows stay fp16: special tokens are in every prompt, and the empty one is nothing else.
    """

    def __init__(self, layer: nn.Embedding, exact: int):
        super().__init__()
        weight = layer.weight.data
        integers, scale = quantize_columns(weight.T)
        self.register_buffer("weight", integers.T.contiguous())
        self.register_buffer("weight_scale", scale[:, None])
        self.register_buffer("first_rows", weight[:exact].half())

    def forward(self, ids):
        last = self.first_rows.shape[0] - 1
        rows = self.weight[ids].float() * self.weight_scale[ids]
        return torch.where((ids <= last)[..., None], self.first_rows[ids.clamp_max(last)].float(), rows)
