"""Which layers of the UNet may compute in int8, and the range of each one's input.

Ranges are fixed before: a range taken from the data at run time would make a picture depend on its batch.
"""

from collections.abc import Iterable

import torch

from latentd_training.denoiser.sampling import denoise
from latentd_training.quantize.calibration import Calibration
from latentd_training.quantize.exportable import ExportedUNet
from latentd_training.quantize.layers import StoredMatrix, input_rounding
from latentd_training.quantize.onnx_ops import Quantize

# A layer that alone makes more than this share of the error computes in float: a few layers at the full resolution
# make most of it and cost little of the time.
LARGEST_SHARE = 0.05


Ranges = dict[str, tuple[float, float]]


def layers_of(unet: ExportedUNet, names: Iterable[str]) -> dict[str, StoredMatrix]:
    layers = dict(unet.unet.named_modules())
    return {name: layers[name] for name in names}


@torch.no_grad()
def input_ranges(unet: ExportedUNet, names: list[str], cases: Calibration) -> tuple[Ranges, list]:
    """Least and largest input of the named layers over whole trajectories, and the UNet's own inputs of some steps."""
    ranges: Ranges = {}
    inputs = []

    def record(name):
        def hook(_, arguments):
            low, high = arguments[0].aminmax()
            least, largest = ranges.get(name, (0.0, 0.0))
            ranges[name] = (min(least, low.item()), max(largest, high.item()))
        return hook

    def predict(*arguments):
        inputs.append(arguments)
        return unet(*arguments)

    hooks = [layer.register_forward_pre_hook(record(name)) for name, layer in layers_of(unet, names).items()]
    for seed, given in enumerate(cases.given, 1000):
        noise = torch.randn(1, *cases.shape, generator=torch.Generator().manual_seed(seed))
        denoise(predict, given, cases.empty, noise, cases.sampling.steps, cases.sampling.guidance)
    for hook in hooks:
        hook.remove()
    return ranges, inputs[:: max(1, cases.sampling.steps - 1)]


@torch.no_grad()
def error_shares(unet: ExportedUNet, ranges: Ranges, inputs: list, guidance: float) -> dict[str, float]:
    """Share of each layer in the squared error of the guided prediction, when its input alone is rounded."""
    batch = [torch.cat(parts) for parts in zip(*inputs, strict=True)]

    def guided():
        predicted = unet(*batch)
        if guidance == 1:
            return predicted
        without, with_ = predicted.unflatten(0, (-1, 2)).unbind(1)
        return without + guidance * (with_ - without)

    def rounding(scale, zero_point):
        return lambda _, arguments: ((Quantize.apply(arguments[0], scale, zero_point) - zero_point.float()) * scale,)

    exact, errors = guided(), {}
    for name, layer in layers_of(unet, ranges).items():
        hook = layer.register_forward_pre_hook(rounding(*input_rounding(ranges[name])))
        errors[name] = (guided() - exact).square().mean().item()
        hook.remove()
    total = sum(errors.values())
    return {name: error / total for name, error in errors.items()}


def integer_spans(unet: ExportedUNet, names: list[str], cases: Calibration) -> Ranges:
    """Input ranges of those of the named layers that shall compute in int8; prints the others."""
    ranges, inputs = input_ranges(unet, names, cases)
    share = error_shares(unet, ranges, inputs, cases.sampling.guidance)
    for name in sorted(share, key=share.get, reverse=True):
        if share[name] > LARGEST_SHARE:
            print(f"float: {name} ({share[name]:.1%} of the error)")
            del ranges[name]
    return ranges
