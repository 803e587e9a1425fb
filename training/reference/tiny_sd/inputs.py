"""Pictures and masks that requests start from, drawn by formulas."""

from pathlib import Path

import numpy as np
from PIL import Image

INPUTS = Path("tests/models/inputs")
SIZES = [(48, 32), (32, 48), (64, 48)]
BLOCK = 8


def picture(width: int, height: int) -> Image.Image:
    """Waves of three colours with a bright disc."""
    y, x = np.mgrid[:height, :width] / 16
    waves = np.stack([np.sin(3 * x), np.cos(2 * y + x), np.sin(x * y)], axis=-1)
    pixels = 128 + 90 * waves
    pixels[np.hypot(x - width / 40, y - height / 30) < 0.5] = (250, 240, 60)
    return Image.fromarray(pixels.round().astype(np.uint8))


def mask(width: int, height: int) -> Image.Image:
    """White where the picture is painted anew.

    It consists of blocks that are whole latents: of others diffusers takes one pixel and latentd the brightest, so that thin
    strokes are not lost.
    """
    y, x = np.mgrid[:height, :width] // BLOCK * BLOCK + BLOCK / 2
    white = (np.hypot(x - 0.6 * width, y - 0.45 * height) < 0.33 * min(width, height)) | (x + 2 * y < 0.4 * width)
    return Image.fromarray(np.where(white, 255, 0).astype(np.uint8))


def part_mask() -> Image.Image:
    """A mask of 16x8 pixels in 64x48: with 4 pixels around it 24x16, half of 48x32, so that its edges fall on whole latents."""
    white = np.zeros((48, 64), np.uint8)
    white[16:24, 24:40] = 255
    return Image.fromarray(white)


def write() -> None:
    INPUTS.mkdir(exist_ok=True)
    for width, height in SIZES:
        picture(width, height).save(INPUTS / f"image-{width}x{height}.png", optimize=True)
        mask(width, height).save(INPUTS / f"mask-{width}x{height}.png", optimize=True)
    part_mask().save(INPUTS / "mask-part-64x48.png", optimize=True)
