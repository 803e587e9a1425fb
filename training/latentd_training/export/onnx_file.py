"""Tracing a network to ONNX, and writing graphs that share one file of weights."""

import io
import warnings
from pathlib import Path

import onnx
import torch
from torch import nn

OPSET = 17
SMALLEST_EXTERNAL = 1024  # bytes; shapes and scalars stay in the graph, where shape inference needs them
ALIGNMENT = 64


def trace(module: nn.Module, inputs: dict[str, torch.Tensor], outputs: dict[str, dict], axes: dict, contrib=False):
    """The graph of `module`; `axes` and `outputs` name the free dimensions of inputs and outputs by position.

    Constants are not folded: int8 weights shall stay int8.
    """
    file = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(), tuple(inputs.values()), file, dynamo=False, opset_version=OPSET, do_constant_folding=False,
            input_names=list(inputs), output_names=list(outputs), dynamic_axes={**axes, **outputs},
            custom_opsets={"com.microsoft": 1} if contrib else {},
        )
    model = onnx.load_from_string(file.getvalue())
    del model.graph.value_info[:]
    for node in model.graph.node:
        node.ClearField("doc_string")
    return model


def write(models: dict[Path, onnx.ModelProto]) -> None:
    """Writes graphs of one folder; tensors of equal bytes are stored once, in `model.onnx_data` beside them.

    Small models keep their weights inside.
    """
    if sum(model.ByteSize() for model in models.values()) < 1_000_000:
        for path, model in models.items():
            onnx.save(model, path)
        return
    offsets: dict[bytes, int] = {}
    folder = next(iter(models)).parent
    with open(folder / "model.onnx_data", "wb") as file:
        for path, model in models.items():
            for tensor in model.graph.initializer:
                raw = onnx.numpy_helper.to_array(tensor).tobytes()
                if len(raw) < SMALLEST_EXTERNAL:
                    continue
                if raw not in offsets:
                    file.write(bytes(-file.tell() % ALIGNMENT))
                    offsets[raw] = file.tell()
                    file.write(raw)
                refer(tensor, offsets[raw], len(raw))
            onnx.save(model, path)


def refer(tensor: onnx.TensorProto, offset: int, length: int) -> None:
    """Makes a tensor point into the data file."""
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", "model.onnx_data"), ("offset", offset), ("length", length)):
        tensor.external_data.add(key=key, value=str(value))
