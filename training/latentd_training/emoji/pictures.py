"""The rendered emoji (see render.mjs): transparent pictures with names, groups and tags."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

# Skin tones and drawing variants of one concept: the same picture again for our purpose.
VARIANT = re.compile(
    r"(-(light|medium|dark|medium-light|medium-dark|default|tone-\d))+$|-skin-tone|-(type|tone)-?\d|unknown-flag"
)


@dataclass(frozen=True)
class Picture:
    """One emoji: premultiplied RGBA `image`, `style` (noto, fluent, flat, twemoji), `name` and Unicode `subgroup`."""

    image: Image.Image
    style: str
    name: str
    subgroup: str
    tags: tuple[str, ...]


def load_pictures(folder: Path, size: int = 128) -> list[Picture]:
    """Read `data.rgba` (uint8 [N, size, size, 4]) and `meta.json` that render.mjs wrote, variants left out."""
    meta = json.loads((folder / "meta.json").read_text())
    raw = np.memmap(folder / "data.rgba", dtype=np.uint8, mode="r", shape=(len(meta), size, size, 4))
    return [
        Picture(
            Image.fromarray(np.ascontiguousarray(raw[i])).convert("RGBa"),
            entry["style"],
            entry["name"].replace("-", " "),
            entry["sub"],
            tuple(entry["tags"]),
        )
        for i, entry in enumerate(meta)
        if not VARIANT.search(entry["name"])
    ]
