"""The colour of a picture's ground, by a rule of pixels: no network can be mistaken for it."""

import re
from collections.abc import Iterable

import numpy as np
from torch import Tensor

from latentd_training.emoji.scenes import BACKGROUNDS

FRAME = 4  # pixels
NAMED = re.compile(r" on an? (" + "|".join(BACKGROUNDS) + r") background")


def named_background(caption: str) -> str | None:
    """The colour that a caption asks for, such as "sky blue"; None where it names none of the palette."""
    found = NAMED.search(caption)
    return found[1] if found else None


def ground(pixels: Tensor) -> str:
    """The palette's colour nearest to the median of the outermost 4 pixels all round; pixels [3, H, W] are bytes."""
    picture = pixels.numpy()
    inside = np.zeros(picture.shape[1:], bool)
    inside[FRAME:-FRAME, FRAME:-FRAME] = True
    colour = np.median(picture[:, ~inside], axis=1)
    distances = {name: np.square(colour - value).sum() for name, value in BACKGROUNDS.items()}
    return min(distances, key=distances.get)


def background_accuracy(pictures: Iterable[Tensor], captions: Iterable[str]) -> float | None:
    """The share of pictures with the ground that their captions name; None where no caption names one."""
    asked = [(pixels, name) for pixels, caption in zip(pictures, captions) if (name := named_background(caption))]
    return sum(ground(pixels) == name for pixels, name in asked) / len(asked) if asked else None
