"""A network as an ONNX graph: traced, written with its weights, and compared with PyTorch before it counts."""

import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

from latentd_training.families.half import round_to_half, store_half

OPSET = 17
LARGEST_INLINE = 1_900_000_000  # bytes; a protobuf file ends at 2 GiB
TOLERANCE = 1e-3  # of the largest absolute value, or of 1 if that is smaller

Axes = dict[int, str]
Feeds = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Graph:
    """A module, inputs of several sizes (the first is traced), and the free axes of inputs and outputs by position."""

    module: nn.Module
    examples: list[Feeds]
    outputs: dict[str, Axes]
    axes: dict[str, Axes]


@torch.no_grad()
def write_graph(path: Path, graph: Graph, half: bool = False) -> float:
    """Writes `model.onnx`, with `model.onnx_data` beside it when it is large, and gives its largest error.

    With `half`, weights are rounded to float16 and stored so; arithmetic, inputs and outputs stay float32, and the
    comparison is with the rounded weights.

    ArithmeticError: onnxruntime's outputs differ from PyTorch's by more than TOLERANCE.
    """
    if half:
        round_to_half(graph.module)
    path.parent.mkdir(parents=True, exist_ok=True)
    model = traced(graph)
    if half:
        store_half(model)
    save(model, path)
    del model
    error = largest_error(path, graph)
    if not error <= TOLERANCE:
        raise ArithmeticError(f"{path} differs from PyTorch by {error:.2g}; at most {TOLERANCE:g} is allowed")
    return error


def traced(graph: Graph) -> onnx.ModelProto:
    """The graph with all its weights in memory."""
    names, example = list(graph.examples[0]), tuple(graph.examples[0].values())
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = Path(folder) / "model.onnx"  # a file, because weights of over 2 GiB are traced into files beside it
        torch.onnx.export(
            graph.module.eval(), example, str(file), dynamo=False, opset_version=OPSET, input_names=names,
            output_names=list(graph.outputs), dynamic_axes={**graph.axes, **graph.outputs},
        )
        model = onnx.load(file)
    for node in model.graph.node:
        node.ClearField("doc_string")
    del model.graph.value_info[:]
    return model


def save(model: onnx.ModelProto, path: Path) -> None:
    data = path.with_name("model.onnx_data")
    data.unlink(missing_ok=True)  # onnx appends to what is there
    weights = sum(len(tensor.raw_data) for tensor in model.graph.initializer)
    onnx.save_model(
        model, path, save_as_external_data=weights > LARGEST_INLINE, all_tensors_to_one_file=True, location=data.name,
    )
    if data.exists():
        data.chmod(path.stat().st_mode)  # onnx lets its owner alone read it


def largest_error(path: Path, graph: Graph) -> float:
    """The largest difference of any output from PyTorch's, relative to the output's largest absolute value or 1."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    errors = []
    for feeds in graph.examples:
        outputs = graph.module(*feeds.values())
        actual = session.run(None, {name: value.numpy() for name, value in feeds.items()})
        for ours, tensor in zip(actual, outputs if isinstance(outputs, tuple) else (outputs,), strict=True):
            expected = tensor.numpy()
            errors.append(float(np.abs(ours - expected).max() / max(1.0, np.abs(expected).max())))
    return float(np.max(errors))  # NaN if any is, unlike Python's max
