"""Pictures and masks that the requests start from."""

from pathlib import Path

import numpy as np
from PIL import Image

INPUTS = Path("tests/models/inputs")


def waves(width: int, height: int, pace: float) -> Image.Image:
    y, x = np.mgrid[:height, :width] * pace
    pixels = 128 + 120 * np.stack([np.sin(x + y), np.cos(0.6 * x * y), np.sin(1.7 * y - x)], axis=-1)
    return Image.fromarray(pixels.round().astype(np.uint8))


def disc(width: int, height: int) -> Image.Image:
    """White where the picture is to be filled; its edge does not follow the grid of the latents."""
    y, x = np.mgrid[:height, :width]
    white = np.hypot(x - 0.6 * width, y - 0.45 * height) < 0.3 * width
    return Image.fromarray(np.where(white, 255, 0).astype(np.uint8))


def write() -> None:
    INPUTS.mkdir(parents=True, exist_ok=True)
    for width, height in ((24, 16), (16, 20)):
        waves(width, height, 0.31).save(INPUTS / f"tiny-ldm-low-{width}x{height}.png", optimize=True)
    waves(24, 16, 0.55).save(INPUTS / "tiny-ldm-low-other.png", optimize=True)
    for width, height in ((48, 64), (64, 40)):
        waves(width, height, 0.13).save(INPUTS / f"tiny-ldm-image-{width}x{height}.png", optimize=True)
        disc(width, height).save(INPUTS / f"tiny-ldm-mask-{width}x{height}.png", optimize=True)
    waves(48, 64, 0.29).save(INPUTS / "tiny-ldm-image-other.png", optimize=True)
    disc(48, 64).rotate(180).save(INPUTS / "tiny-ldm-mask-other.png", optimize=True)
