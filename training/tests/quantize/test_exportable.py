"""The UNet as exported computes what diffusers computes, and onnxruntime computes what was exported."""

import numpy as np
import onnxruntime
import pytest
import torch

from latentd_training.denoiser.unet import make_unet
from latentd_training.export.onnx_file import trace
from latentd_training.quantize.exportable import ExportedUNet
from latentd_training.quantize.layers import Storage, quantize_columns

SPATIAL = {0: "batch", 2: "height", 3: "width"}
AXES = {"sample": SPATIAL, "timestep": {0: "batch"}, "encoder_hidden_states": {0: "batch", 1: "sequence"}}


def inputs(batch: int, height: int, width: int) -> tuple[torch.Tensor, ...]:
    return torch.randn(batch, 81, height, width), torch.rand(batch) * 999, torch.randn(batch, 24, 384)


@pytest.fixture(scope="module")
def unet():
    torch.manual_seed(0)
    return make_unet((64, 128)).eval()


@pytest.mark.parametrize("size", [(2, 8, 8), (1, 4, 6)])
def test_equals_diffusers(unet, size):
    exported = ExportedUNet(unet, lambda name, layer: Storage(32)).eval()
    arguments = inputs(*size)
    with torch.no_grad():
        assert (exported(*arguments) - unet(*arguments).sample).abs().max() < 1e-5


@pytest.mark.parametrize("storage", [Storage(16), Storage(8), Storage(8, span=(-5.0, 5.0))], ids=str)
def test_onnxruntime_equals_module(unet, storage):
    exported = ExportedUNet(unet, lambda name, layer: storage).eval()
    names = ("sample", "timestep", "encoder_hidden_states")
    traced = dict(zip(names, inputs(2, 8, 8), strict=True))
    model = trace(exported, traced, {"out_sample": SPATIAL}, AXES, contrib=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    arguments = dict(zip(names, inputs(3, 8, 4), strict=True))
    with torch.no_grad():
        expected = exported(*arguments.values()).numpy()
    result = session.run(None, {name: value.numpy() for name, value in arguments.items()})[0]
    # An input between two levels may be rounded up by one and down by the other.
    tolerance = 1e-5 if storage.span is None else 0.03 * np.abs(expected).max()
    assert np.abs(result - expected).max() < tolerance


def test_clipping_never_enlarges_the_squared_error():
    weight = torch.randn(300, 7, generator=torch.Generator().manual_seed(1))
    integers, scale = quantize_columns(weight)
    plain = weight.abs().amax(0) / 127
    error = (integers * scale - weight).square().sum(0)
    plain_error = ((weight / plain).round() * plain - weight).square().sum(0)
    assert (error <= plain_error).all() and integers.dtype == torch.int8
