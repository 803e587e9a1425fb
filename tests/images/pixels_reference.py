"""Writes pixels_reference.json: what diffusers' VaeImageProcessor makes of hard float values and of every byte.

Run: python tests/images/pixels_reference.py   (diffusers 0.42.1, torch 2.13, numpy, pillow)
"""

import base64
import json
import pathlib

import diffusers
import numpy as np
import torch
from diffusers.image_processor import VaeImageProcessor
from PIL import Image

COUNT, HEIGHT, WIDTH = 2, 16, 20
base64_of = lambda array: base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()

# Around each rounding border k + 0.5 the float next below, itself and the float next above; then what is out of range.
border = ((np.arange(255) + 0.5) / 255 * 2 - 1).astype(np.float32)
hard = np.concatenate([
    border, np.nextafter(border, np.float32(-2)), np.nextafter(border, np.float32(2)),
    np.array([-1e30, -3, -1, -1 / 255, -0.0, 0.0, 1e-45, 1e-30, 1 / 255, 1, 1 + 2**-23, 3, 1e30], np.float32),
])
rng = np.random.default_rng(0)
values = np.concatenate([hard, rng.uniform(-1.2, 1.2, COUNT * 3 * HEIGHT * WIDTH - hard.size).astype(np.float32)])
images = rng.permutation(values).reshape(COUNT, 3, HEIGHT, WIDTH)

processor = VaeImageProcessor(vae_scale_factor=1)
pictures = processor.postprocess(torch.from_numpy(images), output_type="pil")
bytes_in = rng.permutation(np.arange(HEIGHT * WIDTH * 3) % 256).astype(np.uint8).reshape(HEIGHT, WIDTH, 3)
image = processor.preprocess(Image.fromarray(bytes_in))

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({
    "made_by": f"diffusers {diffusers.__version__}, torch {torch.__version__}",
    "width": WIDTH,
    "height": HEIGHT,
    "postprocess": {"images": base64_of(images), "pixels": [base64_of(np.array(p)) for p in pictures]},
    "preprocess": {"pixels": base64_of(bytes_in), "image": base64_of(image.numpy())},
}, indent=1) + "\n")
