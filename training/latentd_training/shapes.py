"""A small folder of captioned pictures to try things with: python -m latentd_training.shapes OUT

Circles and squares in four colours, each with its class, object and box.
"""

import argparse
import json
from pathlib import Path

from PIL import Image, ImageDraw

COLOURS = ("red", "green", "blue", "yellow")


def write_shapes(folder: Path, count: int = 24, size: int = 64) -> None:
    """Write `count` PNGs of size×size and captions.jsonl."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for i in range(count):
        shape, colour, x = ("circle", "square")[i % 2], COLOURS[i // 2 % 4], 4 + i % 16
        image = Image.new("RGB", (size, size), "white")
        box = [side * size / 64 for side in (x, 12, x + 32, 44)]
        draw = ImageDraw.Draw(image)
        (draw.ellipse if shape == "circle" else draw.rectangle)(box, fill=colour)
        image.save(folder / f"{i:03d}.png")
        lines.append({
            "file": f"{i:03d}.png", "captions": [f"a {colour} {shape}", f"{shape}, {colour}"], "class": shape,
            "objects": [f"{colour} {shape}"], "boxes": [[side / size for side in box]],
        })
    (folder / "captions.jsonl").write_text("\n".join(json.dumps(line) for line in lines) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m latentd_training.shapes", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path, help="folder to write")
    parser.add_argument("--count", type=int, default=200, help="pictures (default 200)")
    options = parser.parse_args()
    write_shapes(options.out, options.count)


if __name__ == "__main__":
    main()
