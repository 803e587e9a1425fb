"""Writes read_reference.json: small pictures of every kind that is read, and what pypng and Pillow read in them.

Run: python tests/images/read_reference.py   (pypng 0.20220715.0, pillow 13, numpy)

pypng wrote and read the PNGs, since Pillow neither interlaces nor writes every depth; its samples are scaled to 8 bits as
the PNG specification says (section 13.12). Pillow wrote and read JPEG and WebP and turned them by their EXIF orientation.
"""

import base64
import io
import json
import pathlib

import numpy as np
import PIL
import png
from PIL import Image, ImageOps

WIDTH, HEIGHT = 13, 9
rng = np.random.default_rng(0)
base64_of = lambda data: base64.b64encode(bytes(data)).decode()
cases = []


def rgba_of(samples, depth, channels, palette=None, key=None):
    """RGBA of 8 bits from a PNG's samples, height x width x channels."""
    if palette:
        return np.array([(*c, 255)[:4] for c in palette], np.uint8)[samples[..., 0]]
    level = np.floor(samples.astype(np.int64) * 255 / (2**depth - 1) + 0.5).astype(np.uint8)
    colour = level[..., :3] if channels >= 3 else np.repeat(level[..., :1], 3, 2)
    alpha = level[..., -1:] if channels in (2, 4) else np.full((*samples.shape[:2], 1), 255, np.uint8)
    if key:
        alpha = np.where((samples == np.array(key)).all(2, keepdims=True), 0, 255).astype(np.uint8)
    return np.concatenate([colour, alpha], 2)


def add_png(name, depth, channels, interlaced=False, palette=None, key=False, size=(WIDTH, HEIGHT)):
    width, height = size
    samples = rng.integers(0, len(palette) if palette else 2**depth, (height, width, channels))
    if not palette and width > 4:
        samples[: height // 2] = np.add.outer(np.arange(height // 2), np.arange(width))[..., None] % 2**depth  # filters
    key = tuple(int(x) for x in samples[0, 0]) if key else None
    file = io.BytesIO()
    writer = png.Writer(
        width, height, bitdepth=depth, interlace=interlaced, palette=palette, transparent=key[0] if key and channels == 1 else key,
        greyscale=False if palette else channels < 3, alpha=not palette and channels in (2, 4),
    )
    writer.write(file, samples.reshape(height, -1).tolist())
    read = png.Reader(bytes=file.getvalue()).read()
    assert np.array_equal(np.array([list(row) for row in read[2]]).reshape(samples.shape), samples)
    cases.append({"name": name, "file": base64_of(file.getvalue()), "size": [width, height],
                  "rgba": base64_of(rgba_of(samples, depth, channels, palette, key).tobytes())})


for interlaced in (False, True):
    how = ", interlaced" if interlaced else ""
    for depth in (1, 2, 4, 8, 16):
        add_png(f"PNG grey {depth} bit{how}", depth, 1, interlaced)
        add_png(f"PNG grey {depth} bit, one level transparent{how}", depth, 1, interlaced, key=True)
    for depth in (8, 16):
        add_png(f"PNG RGB {depth} bit{how}", depth, 3, interlaced)
        add_png(f"PNG RGB {depth} bit, one colour transparent{how}", depth, 3, interlaced, key=True)
        add_png(f"PNG grey and alpha {depth} bit{how}", depth, 2, interlaced)
        add_png(f"PNG RGBA {depth} bit{how}", depth, 4, interlaced)
    for depth in (1, 2, 4, 8):
        palette = [tuple(int(x) for x in rng.integers(0, 256, 3)) for _ in range(min(2**depth, 200))]
        add_png(f"PNG palette {depth} bit{how}", depth, 1, interlaced, palette)
        half = [(*c, int(a)) for c, a in zip(palette[:-1], rng.integers(0, 256, 199))] + palette[-1:]
        add_png(f"PNG palette {depth} bit with alpha{how}", depth, 1, interlaced, half)
for size in [(1, 1), (1, 9), (2, 2), (5, 1), (4, 5)]:
    add_png(f"PNG RGB interlaced {size[0]}x{size[1]}", 8, 3, True, size=size)


def add(name, image, **options):
    file = io.BytesIO()
    image.save(file, **options)
    read = ImageOps.exif_transpose(Image.open(io.BytesIO(file.getvalue()))).convert("RGBA")
    cases.append({"name": name, "file": base64_of(file.getvalue()), "size": list(read.size),
                  "rgba": base64_of(read.tobytes())})


y, x = np.mgrid[0:27, 0:38]
smooth = np.stack([128 + 100 * np.sin(x / 7) * np.cos(y / 5), x * 255 / 37, y * 255 / 26], -1)
rgb = Image.fromarray((smooth + rng.normal(0, 6, smooth.shape)).clip(0, 255).astype(np.uint8))
rgba = rgb.copy()
rgba.putalpha(Image.fromarray((x * 255 / 37).astype(np.uint8)))

for mode in ("L", "LA", "RGB", "RGBA"):  # libpng chooses among all five filters
    add(f"PNG {mode} filtered", rgba.convert(mode), format="PNG")
add("JPEG baseline", rgb, format="JPEG")
add("JPEG progressive", rgb, format="JPEG", progressive=True)
add("JPEG 4:4:4", rgb, format="JPEG", subsampling=0)
add("JPEG 4:2:2 with restarts", rgb, format="JPEG", subsampling=1, restart_marker_rows=1)
add("JPEG grey", rgb.convert("L"), format="JPEG")
add("JPEG RGB, not YCbCr", rgb, format="JPEG", keep_rgb=True)
add("WebP lossy", rgb, format="WEBP")
add("WebP lossy with alpha", rgba, format="WEBP")
add("WebP lossless", rgb, format="WEBP", lossless=True)
add("WebP lossless with alpha", rgba, format="WEBP", lossless=True, exact=True)
small = rgb.crop((0, 0, 11, 7))
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    add(f"JPEG orientation {orientation}", small, format="JPEG", exif=exif)
exif[0x0112] = 6
add("WebP orientation 6", small, format="WEBP", lossless=True, exif=exif)
add("PNG orientation 6", small, format="PNG", exif=exif)

refused = []
for name, code, says, image, options in [
    ("JPEG CMYK", "unsupported_image", "is a CMYK JPEG", rgb.convert("CMYK"), dict(format="JPEG")),
    ("GIF", "unsupported_image", "is a GIF", small, dict(format="GIF")),
    ("BMP", "unsupported_image", "is a BMP picture", small, dict(format="BMP")),
    ("TIFF", "unsupported_image", "is a TIFF picture", small, dict(format="TIFF")),
    ("ICO", "unsupported_image", "is an icon (ICO)", small, dict(format="ICO")),
    ("JPEG 2000", "unsupported_image", "is a JPEG 2000 picture", small, dict(format="JPEG2000")),
    ("PDF", "unsupported_image", "is a PDF", small, dict(format="PDF")),
    ("AVIF", "unsupported_image", "is an AVIF picture", small, dict(format="AVIF")),
    ("animated PNG", "unsupported_image", "is an animated PNG", small,
     dict(format="PNG", save_all=True, append_images=[small.rotate(180)])),
    ("animated WebP", "unsupported_image", "is an animated WebP", small,
     dict(format="WEBP", save_all=True, append_images=[small.rotate(180)])),
]:
    file = io.BytesIO()
    image.save(file, **options)
    refused.append({"name": name, "code": code, "says": says, "file": base64_of(file.getvalue())})

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({
    "made_by": f"pypng {png.__version__}, pillow {PIL.__version__}",
    "read": cases,
    "refused": refused,
}, indent=1) + "\n")
