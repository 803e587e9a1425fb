"""Writes regions_reference.json: what diffusers crops around masks.

Run: python tests/images/regions_reference.py   (pillow 13, diffusers 0.42.1, numpy)
"""

import json
import pathlib

import diffusers
import numpy as np
from diffusers.image_processor import VaeImageProcessor
from PIL import Image

rng = np.random.default_rng(0)
regions = []
for _ in range(200):
    width, height = (int(side) for side in rng.integers(1, 90, 2))
    left, top = int(rng.integers(0, width)), int(rng.integers(0, height))
    right, bottom = int(rng.integers(left + 1, width + 1)), int(rng.integers(top + 1, height + 1))
    mask = np.zeros((height, width), np.uint8)
    # Two corners are all that counts.
    mask[top, left] = mask[bottom - 1, right - 1] = 255
    size = [int(side) for side in rng.integers(1, 9, 2) * 16]
    padding = int(rng.integers(0, 40))
    box = VaeImageProcessor.get_crop_region(Image.fromarray(mask), *size, pad=padding)
    regions.append({"picture": [width, height], "mask": [left, top, right, bottom], "size": size, "padding": padding, "box": box})

lines = ",\n".join(json.dumps(region) for region in regions)
made_with = f"diffusers {diffusers.__version__}"
path = pathlib.Path(__file__).with_name("regions_reference.json")
path.write_text(f'{{"made_with": "{made_with}", "regions": [\n{lines}\n]}}\n')
