"""Pictures side by side in one PNG."""

from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from latentd_training.data.pixels import to_bytes


def save_sheet(path: Path, pixels: Tensor, columns: int = 4) -> None:
    """Write pixels [B, 3, H, W] in [−1, 1], row after row; what is left of the last row stays white."""
    pictures = to_bytes(pixels).permute(0, 2, 3, 1).numpy()
    height, width = pictures.shape[1:3]
    sheet = np.full((-(-len(pictures) // columns) * height, columns * width, 3), 255, np.uint8)
    for i, picture in enumerate(pictures):
        y, x = i // columns * height, i % columns * width
        sheet[y : y + height, x : x + width] = picture
    Image.fromarray(sheet).save(path)
