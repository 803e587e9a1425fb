"""Torch functions that export as one chosen ONNX operator where tracing would give a worse or a wrong graph."""

import torch
import torch.nn.functional as F


def spatial_shape(g, like):
    """The Reshape target [0, -1, h, w] of a feature map: batch kept, channels inferred, h and w read at run time."""
    keep = g.op("Constant", value_t=torch.tensor([0, -1]))
    return g.op("Concat", keep, g.op("Shape", like, start_i=2), axis_i=0)


class GroupNormalize(torch.autograd.Function):
    """Group normalisation without affine part, [B, C, h, w]; ONNX has it only as InstanceNormalization of groups."""

    @staticmethod
    def forward(ctx, x, ones, zeros, eps):
        return F.group_norm(x, ones.numel(), eps=eps)

    @staticmethod
    def symbolic(g, x, ones, zeros, eps):
        groups = ones.type().sizes()[0]
        grouped = g.op("Reshape", x, g.op("Constant", value_t=torch.tensor([0, groups, -1])))
        normal = g.op("InstanceNormalization", grouped, ones, zeros, epsilon_f=eps)
        return g.op("Reshape", normal, spatial_shape(g, x)).setType(x.type())


class ToTokens(torch.autograd.Function):
    """[B, C, h, w] to [B, h * w, C], with shapes that onnxruntime need not compute."""

    @staticmethod
    def forward(ctx, x):
        return x.flatten(2).transpose(1, 2).contiguous()

    @staticmethod
    def symbolic(g, x):
        flat = g.op("Reshape", x, g.op("Constant", value_t=torch.tensor([0, 0, -1])))
        return g.op("Transpose", flat, perm_i=[0, 2, 1])


class ToImage(torch.autograd.Function):
    """[B, h * w, C] to [B, C, h, w], h and w those of `like`."""

    @staticmethod
    def forward(ctx, x, like):
        return x.transpose(1, 2).unflatten(2, like.shape[2:]).contiguous()

    @staticmethod
    def symbolic(g, x, like):
        flat = g.op("Transpose", x, perm_i=[0, 2, 1])
        return g.op("Reshape", flat, spatial_shape(g, like))


class MultiHeadAttention(torch.autograd.Function):
    """softmax(q kᵀ / √d) v over `heads`, all [B, N, C]: onnxruntime's fused operator, on every one of its devices."""

    @staticmethod
    def forward(ctx, q, k, v, heads):
        q, k, v = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (q, k, v))
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(-2)

    @staticmethod
    def symbolic(g, q, k, v, heads):
        return g.op("com.microsoft::MultiHeadAttention", q, k, v, num_heads_i=heads).setType(q.type())


class Quantize(torch.autograd.Function):
    """round(x / scale) + zero_point, saturated to uint8."""

    @staticmethod
    def forward(ctx, x, scale, zero_point):
        return (torch.round(x / scale) + zero_point.float()).clamp(0, 255).to(torch.uint8)

    @staticmethod
    def symbolic(g, x, scale, zero_point):
        return g.op("QuantizeLinear", x, scale, zero_point)


class IntegerMatMul(torch.autograd.Function):
    """(x - zero_point) @ weight in int32, then times both scales plus bias; x uint8 [..., K], weight int8 [K, N]."""

    @staticmethod
    def forward(ctx, x, weight, scale, weight_scale, zero_point, bias):
        # Doubles hold the sums of int8 products exactly.
        exact = (x.double() - zero_point.double()) @ weight.double()
        return exact.float() * (scale * weight_scale) + bias

    @staticmethod
    def symbolic(g, x, weight, scale, weight_scale, zero_point, bias):
        symmetric = g.op("Constant", value_t=torch.tensor(0, dtype=torch.int8))
        inputs = (x, weight, scale, weight_scale, zero_point, symmetric, bias)
        return g.op("com.microsoft::MatMulIntegerToFloat", *inputs)
