"""Pixels as networks have them, and as pictures do."""

from torch import Tensor


def to_bytes(pixels: Tensor) -> Tensor:
    """Pixels in [−1, 1], of any shape, → bytes of the same shape, clamped and rounded."""
    return pixels.clamp(-1, 1).add(1).mul(127.5).round().byte()
