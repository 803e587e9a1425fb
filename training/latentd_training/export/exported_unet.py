"""The UNet as two graphs over one file of weights: float arithmetic for every device, integer arithmetic for CPUs."""

import torch
from torch import nn

from latentd_training.denoiser.text_encoder import MAX_TOKENS
from latentd_training.denoiser.unet import CONTEXT_WIDTH
from latentd_training.export.exported_parts import SIZES
from latentd_training.families.graph import Graph
from latentd_training.model.components import Components
from latentd_training.quantize.calibrate import integer_spans
from latentd_training.quantize.calibration import Calibration
from latentd_training.quantize.exportable import ExportedUNet
from latentd_training.quantize.layers import Storage


def unet_graphs(model: Components, calibration: Calibration) -> dict[str, Graph]:
    """Graphs by file name; ranges of integer arithmetic are measured on `calibration`."""
    in_int8 = []

    def in_float(name: str, layer: nn.Module) -> Storage:
        if _storage(name, layer).bits == 8:
            in_int8.append(name)
        return Storage(32)

    spans = integer_spans(ExportedUNet(model.unet, in_float).eval(), in_int8, calibration)

    def integer(name: str, layer: nn.Module) -> Storage:
        return Storage(_storage(name, layer).bits, spans.get(name))

    return {
        "model.onnx": _graph(ExportedUNet(model.unet, _storage), model),
        "model_int8.onnx": _graph(ExportedUNet(model.unet, integer), model),
    }


def _storage(name: str, layer: nn.Module) -> Storage:
    """fp16 where every error reaches the whole picture: first and last convolution and all of the timestep's path."""
    ends = name in ("conv_in", "conv_out") or "time_emb" in name or "add_embedding" in name
    return Storage(16) if ends else Storage(8)


def _graph(unet: ExportedUNet, model: Components) -> Graph:
    examples = [
        {
            "sample": torch.randn(batch, model.unet.config.in_channels, rows, columns),
            "timestep": torch.linspace(20, 500, batch),
            "encoder_hidden_states": torch.randn(batch, MAX_TOKENS, CONTEXT_WIDTH),
        }
        for batch, rows, columns in SIZES
    ]
    spatial = {0: "batch", 2: "height", 3: "width"}
    axes = {"sample": spatial, "timestep": {0: "batch"}, "encoder_hidden_states": {0: "batch", 1: "sequence"}}
    return Graph(unet.eval(), examples, {"out_sample": spatial}, axes)
