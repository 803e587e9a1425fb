"""A small folder of captioned pictures: circles and squares in four colours, drawn here."""

import json
from pathlib import Path

from PIL import Image, ImageDraw

COLOURS = ("red", "green", "blue", "yellow")


def write_shapes(folder: Path, count: int = 24, size: int = 64) -> None:
    """Write `count` PNGs of size×size and captions.jsonl, with classes, objects and boxes."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for i in range(count):
        shape, colour, x = ("circle", "square")[i % 2], COLOURS[i // 2 % 4], 4 + i % 16
        image = Image.new("RGB", (size, size), "white")
        box = (x, 12, x + 32, 44)
        draw = ImageDraw.Draw(image)
        (draw.ellipse if shape == "circle" else draw.rectangle)(box, fill=colour)
        image.save(folder / f"{i:03d}.png")
        lines.append({
            "file": f"{i:03d}.png", "captions": [f"a {colour} {shape}", f"{shape}, {colour}"], "class": shape,
            "objects": [f"{colour} {shape}"], "boxes": [[side / size for side in box]],
        })
    (folder / "captions.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
