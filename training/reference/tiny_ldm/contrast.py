"""Whether the tiny models show what went in; a picture that ignored its prompt could not tell a wrong program."""

from pathlib import Path

import numpy as np
from PIL import Image

from .cases import CASES, CONTRASTS
from .draw import draw
from .inputs import INPUTS

LEAST = 12  # of 255, mean over all pixels and channels that a mask lets change


def check_contrast(model: str, source: Path) -> None:
    """ValueError: a change that must show makes too small a difference."""
    first = next(case for case in CASES if case["model"] == model)
    for change in CONTRASTS[model]:
        difference = distance(first, {**first, "request": {**first["request"], **change}}, source)
        print(f"{first['name']} with {change}: {difference:.1f} of 255 on average")
        if difference < LEAST:
            raise ValueError(f"{change} changes {model}'s picture by {difference:.1f}; it must be at least {LEAST}")


def distance(one: dict, other: dict, source: Path) -> float:
    a, b = (np.asarray(draw(case, source)[0], dtype=float) for case in (one, other))
    free = np.logical_and(*(holes(case["request"], a.shape[:2]) for case in (one, other)))
    return float(np.abs(a - b)[free].mean())


def holes(request: dict, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(Image.open(INPUTS / request["mask"])) > 127 if "mask" in request else np.ones(size, bool)
