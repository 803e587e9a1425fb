"""Weights as checkpoints store them: in half precision, some under older names."""

from torch import Tensor, nn

# The first checkpoint was written by a shorter-named ancestor of these modules.
RENAMED = {".n1.": ".norm1.", ".c1.": ".conv1.", ".n2.": ".norm2.", ".c2.": ".conv2.", ".c.": ".conv."}


def in_float(state: dict[str, Tensor], prefix: str = "") -> dict[str, Tensor]:
    """The entries under `prefix`, without it, as fp32."""
    return {key[len(prefix):]: value.float() for key, value in state.items() if key.startswith(prefix)}


def in_half(module: nn.Module) -> dict[str, Tensor]:
    """The weights of `module`, those that are not integers in half precision."""
    return {key: value.half() if value.is_floating_point() else value for key, value in module.state_dict().items()}


def renamed(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same weights under today's names."""
    for old, new in RENAMED.items():
        state = {key.replace(old, new): value for key, value in state.items()}
    return state
