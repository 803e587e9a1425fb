"""Writes filters_reference.json: what Pillow, torch and diffusers make of small pictures and masks.

Run: python tests/images/filters_reference.py   (pillow 13, torch 2.13, diffusers 0.42.1, numpy)
"""

import base64
import json
import pathlib

import diffusers
import numpy as np
import PIL
import torch
from diffusers.image_processor import VaeImageProcessor
from PIL import Image, ImageFilter, ImageOps

FILTERS = {
    "area": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
rng = np.random.default_rng(0)
packed = lambda image: {"width": image.width, "height": image.height, "data": base64.b64encode(image.tobytes()).decode()}

WIDTH, HEIGHT = 29, 17
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
smooth = np.stack([128 + 120 * np.sin(x / 3) * np.cos(y / 4), x * 255 / (WIDTH - 1), 255 * ((x + y) % 5 == 0)], -1)
rgb = Image.fromarray((smooth + rng.normal(0, 20, smooth.shape)).clip(0, 255).astype(np.uint8))
alpha = (rng.integers(0, 3, (HEIGHT, WIDTH)) * 127.5 + rng.integers(-40, 40, (HEIGHT, WIDTH))).clip(0, 255)
rgba = rgb.copy()
rgba.putalpha(Image.fromarray(alpha.astype(np.uint8)))
images = {"L": rgb.convert("L"), "RGB": rgb, "RGBA": rgba}

resized = []
for mode, image in images.items():
    for filter in FILTERS:
        for size in [(7, 5), (12, 31), (64, 40), (29, 6), (10, 17), (1, 1), (40, 10), (25, 5)]:
            made = image.resize(size, FILTERS[filter])
            resized.append({"mode": mode, "filter": filter, "image": packed(made)})
boxes = []
for filter in FILTERS:
    for box, size in [((3, 2, 21, 11), (9, 9)), ((0.5, 1.25, 20.75, 16.5), (13, 6)), ((0, 0, 29, 10), (29, 10)), ((4, 0, 20, 17), (16, 17))]:
        boxes.append({"filter": filter, "box": box, "image": packed(rgb.resize(size, FILTERS[filter], box))})
fitted = []
for mode, image in images.items():
    for size in [(16, 16), (8, 24), (40, 10), (29, 17), (58, 34)]:
        fitted.append({"mode": mode, "how": "cover", "image": packed(ImageOps.fit(image, size, FILTERS["lanczos"]))})
        colour = (10, 20, 30, 40)[: len(mode)] if mode != "L" else 10
        pad = ImageOps.pad(image, size, FILTERS["lanczos"], colour)
        fitted.append({"mode": mode, "how": "contain", "image": packed(pad)})

hole = np.zeros((HEIGHT, WIDTH), np.uint8)
hole[4:12, 6:19] = 255
hole[14:, 20:] = 130
hole[0, 0] = 127
mask = Image.fromarray(hole)
noise = Image.fromarray(rng.integers(0, 256, (HEIGHT, WIDTH), np.uint8))
blurred = [
    {"of": of, "radius": radius, "image": packed(image.filter(ImageFilter.GaussianBlur(radius)))}
    for of, image in [("mask", mask), ("noise", noise)]
    for radius in [0, 0.1, 0.5, 1, 1.5, 2, 3.7, 4, 8, 20, 60]
]
soft = mask.filter(ImageFilter.GaussianBlur(2))
other = Image.fromarray(rng.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8))
white = Image.new("RGB", rgb.size, "white")
white.paste(rgba, mask=rgba.getchannel("A"))

# Latent masks: 24 x 16 pixels, factor 4, from diffusers' mask processor and the pipelines' interpolate.
wide = Image.fromarray((rng.integers(0, 256, (16, 24)) * (rng.random((16, 24)) < 0.3)).astype(np.uint8))
processor = VaeImageProcessor(vae_scale_factor=1, do_normalize=False, do_binarize=True, do_convert_grayscale=True)
binary = processor.preprocess(wide)
small = torch.nn.functional.interpolate(binary, size=(4, 6))
highest = torch.nn.functional.max_pool2d(binary, 4)

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({
    "made_by": f"pillow {PIL.__version__}, torch {torch.__version__}, diffusers {diffusers.__version__}",
    "images": {mode: packed(image) for mode, image in images.items()},
    "resized": resized,
    "boxes": boxes,
    "fitted": fitted,
    "mask": packed(mask),
    "noise": packed(noise),
    "blurred": blurred,
    "luminance": packed(rgb.convert("L")),
    "other": packed(other),
    "soft": packed(soft),
    "composite": packed(Image.composite(other, rgb, soft)),
    "over_white": packed(white),
    "latent": {
        "mask": packed(wide),
        "binary": binary.flatten().int().tolist(),
        "nearest": small.flatten().tolist(),
        "max": highest.flatten().tolist(),
    },
}, indent=1) + "\n")
