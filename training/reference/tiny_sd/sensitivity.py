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
CHANGES: list[tuple[str, dict[str, Any], float]] = [
    *((f"{model}-default", {"prompt": "a blue dog"}, 20) for model in ("tiny-sd", "tiny-sd2", "tiny-sdxl", "tiny-lcm")),
    *((f"{model}-default", {"seed": 8}, 20) for model in ("tiny-sd", "tiny-sd2", "tiny-sdxl", "tiny-lcm")),
    *((f"{model}-default", {"guidance": 5}, 10) for model in ("tiny-sd", "tiny-sd2", "tiny-sdxl", "tiny-lcm")),
    *((f"{model}-default", {"negative_prompt": "a dog"}, 20) for model in ("tiny-sd", "tiny-sd2", "tiny-sdxl")),
    *((f"tiny-sd-{name}", {"scheduler": "euler"}, 10) for name in ("ddim", "heun", "lms", "dpmpp-2m", "unipc")),
    ("tiny-sd-ddim-eta", {"eta": 0}, 10),
    ("tiny-sd-clip-skip-2", {"clip_skip": 1}, 20),
    ("tiny-sd-clip-skip-2", {"clip_skip": 3}, 20),
    ("tiny-sdxl-default", {"width": 56}, 10),
    ("tiny-sd-image-ddim-0.3", {"strength": 0.4}, 10),
    ("tiny-sd-image-ddim-0.3", {"image": "mask-48x32.png"}, 20),
    ("tiny-sd-inpainting-ddim-0.6", {"image": "mask-48x32.png"}, 20),
    ("tiny-sd-inpainting-ddim-0.6", {"mask": "image-48x32.png"}, 20),
    ("tiny-sd-inpaint-default", {"image": "mask-48x32.png"}, 20),
    ("tiny-sd-inpaint-default", {"mask": "image-48x32.png"}, 20),
    ("tiny-sd-inpaint-default", {"prompt": "a blue dog"}, 20),
]
