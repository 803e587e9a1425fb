"""Writes the small graphs of the device tests and what PyTorch makes of the convolutions.

Run: python tests/devices/graphs/make_graphs.py   (onnx, numpy, torch 2.13)
"""

import json
import pathlib

import numpy as np
import onnx
import torch
from onnx import TensorProto as T
from onnx import helper, numpy_helper

HERE = pathlib.Path(__file__).parent
OPSETS = [helper.make_opsetid("", 17)]


def save(name, nodes, inputs, outputs, initializers=(), **options):
    value = lambda name, kind, dims: helper.make_tensor_value_info(name, kind, dims)
    graph = helper.make_graph(nodes, name, [value(*i) for i in inputs], [value(*o) for o in outputs], initializers)
    model = helper.make_model(graph, opset_imports=OPSETS, ir_version=8, producer_name="make_graphs.py")
    onnx.checker.check_model(model)
    onnx.save_model(model, HERE / f"{name}.onnx", **options)


node = helper.make_node
grid = ["B", "N"]

# Element types that graphs of latent-diffusion models take or give, and a scalar of rank 0.
save(
    "element_types",
    [
        node("Cast", ["ids"], ["ids_float"], to=T.FLOAT),
        node("Cast", ["count"], ["count_float"], to=T.FLOAT),
        node("Cast", ["mask"], ["mask_float"], to=T.FLOAT),
        node("Sum", ["ids_float", "count_float", "mask_float", "scalar"], ["sum"]),
        node("Add", ["ids", "ids"], ["ids_doubled"]),
    ],
    [("ids", T.INT64, grid), ("count", T.INT32, grid), ("mask", T.BOOL, grid), ("scalar", T.FLOAT, [])],
    [("sum", T.FLOAT, grid), ("ids_doubled", T.INT64, grid)],
)

# Half precision, which not every GPU has.
save(
    "half_precision",
    [node("Cast", ["half"], ["single"], to=T.FLOAT), node("Add", ["half", "half"], ["doubled"])],
    [("half", T.FLOAT16, grid)],
    [("single", T.FLOAT, grid), ("doubled", T.FLOAT16, grid)],
)

# Weights in a file of their own.
weights = numpy_helper.from_array(np.arange(1, 65, dtype=np.float32).reshape(1, 4, 4, 4), "weights")
data = HERE / "external.onnx_data"
data.unlink(missing_ok=True)  # onnx appends
save(
    "external",
    [node("Mul", ["sample", "weights"], ["out_sample"])],
    [("sample", T.FLOAT, ["B", 4, 4, 4])],
    [("out_sample", T.FLOAT, ["B", 4, 4, 4])],
    [weights],
    save_as_external_data=True,
    location=data.name,
    size_threshold=0,
)

# 3x3 convolutions with the channels that went wrong (https://github.com/microsoft/onnxruntime/issues/29651).
expected = {}
for channels in (9, 81):
    generator = torch.Generator().manual_seed(channels)
    kernel = torch.randn(4, channels, 3, 3, generator=generator) / channels**0.5
    sample = torch.randint(-8, 9, (2, channels, 6, 6), generator=generator).float() / 8
    save(
        f"conv_{channels}",
        [node("Conv", ["sample", "kernel"], ["out_sample"], pads=[1, 1, 1, 1])],
        [("sample", T.FLOAT, ["B", channels, "h", "w"])],
        [("out_sample", T.FLOAT, ["B", 4, "h", "w"])],
        [numpy_helper.from_array(kernel.numpy(), "kernel")],
    )
    result = torch.nn.functional.conv2d(sample.double(), kernel.double(), padding=1)
    expected[f"conv_{channels}"] = {
        "sample": {"dims": sample.shape, "data": sample.flatten().tolist()},
        "out_sample": {"dims": result.shape, "data": [round(number, 7) for number in result.flatten().tolist()]},
    }
(HERE / "expected.json").write_text(json.dumps(expected) + "\n")
