"""Weights stored as float16 in a graph that computes in float32."""

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

SMALLEST = 1024  # elements; what is smaller saves nothing


@torch.no_grad()
def round_to_half(module: nn.Module) -> None:
    """Rounds every weight to the nearest float16, in place."""
    for parameter in module.parameters():
        parameter.copy_(parameter.half().float())


def store_half(model: onnx.ModelProto) -> None:
    """Stores float32 weights that float16 holds exactly as float16, each followed by a `Cast`.

    Every onnxruntime folds the casts when it loads the graph.
    """
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < SMALLEST:
            continue
        values = numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            rounded = values.astype(np.float16)
        if not np.array_equal(rounded.astype(np.float32), values):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(rounded, f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
