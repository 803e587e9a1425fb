"""Asserts that the models show mistakes: that a change of what is asked for changes the picture visibly.

From the repository root, with training/requirements.txt installed:
    PYTHONPATH=training/reference python -m tiny_sd.sensitivity SCRATCH
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from .cases import CASES, Case
from .reference import pictures_of

# Name of a case, what is asked for instead, least mean difference of 255.
MODELS = ("tiny-sd", "tiny-sd2", "tiny-sdxl", "tiny-lcm")
CHANGES: list[tuple[str, dict[str, Any], float]] = [
    *((f"{model}-default", {"prompt": "a blue dog"}, 10) for model in MODELS),
    *((f"{model}-default", {"seed": 8}, 20) for model in MODELS),
    *((f"{model}-default", {"guidance": 5}, 4) for model in MODELS),
    *((f"{model}-default", {"negative_prompt": "a dog"}, 20) for model in MODELS if model != "tiny-lcm"),
    *((f"tiny-sd-{name}", {"scheduler": "euler"}, 1.5) for name in ("ddim", "heun", "lms", "dpmpp-2m", "unipc")),
    ("tiny-sd-ddim-eta", {"eta": 0}, 2),
    ("tiny-sd-clip-skip-2", {"clip_skip": 1}, 20),
    ("tiny-sd-clip-skip-2", {"clip_skip": 3}, 20),
    ("tiny-sdxl-default", {"width": 56}, 4),
    ("tiny-sd-image-ddim-0.3", {"strength": 0.4}, 2),
    ("tiny-sd-image-ddim-0.3", {"image": "mask-48x32.png"}, 20),
    ("tiny-sd-image-ddim-0.3", {"seed": 8}, 2),
    ("tiny-sd-inpainting-ddim-0.6", {"image": "mask-48x32.png"}, 20),
    ("tiny-sd-inpainting-ddim-0.6", {"mask": "image-48x32.png"}, 20),
    ("tiny-sd-inpaint-default", {"image": "mask-48x32.png"}, 4),
    ("tiny-sd-inpaint-default", {"mask": "image-48x32.png"}, 4),
    ("tiny-sd-inpaint-default", {"prompt": "a blue dog"}, 20),
]


def difference(case: Case, change: dict[str, Any], scratch: Path) -> float:
    """Mean over all channels of all pixels of the part that both pictures have."""
    changed = Case(case.model, case.name, {**case.request, **change}, case.scheduler_config)
    pictures = [np.float32(pictures_of(each, scratch)[0]) for each in (case, changed)]
    height, width = (min(picture.shape[axis] for picture in pictures) for axis in (0, 1))
    first, second = (picture[:height, :width] for picture in pictures)
    return float(abs(first - second).mean())


def main(scratch: Path) -> None:
    cases = {case.name: case for case in CASES}
    weak = []
    for name, change, least in CHANGES:
        found = difference(cases[name], change, scratch)
        print(f"{found:6.1f} of at least {least}  {name} with {change}", flush=True)
        if found < least:
            weak.append((name, change))
    assert not weak, weak


if __name__ == "__main__":
    main(Path(sys.argv[1]))
