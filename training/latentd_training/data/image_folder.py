"""Reads any folder of pictures with captions: `name.txt` beside `name.png`, or one `captions.jsonl`.

In a .txt file every line is one caption of the picture. A line of captions.jsonl is an object with `file` (relative to
the folder), `caption` or `captions`, and optionally `class` (a name), `objects` (names) and `boxes` (x0 y0 x1 y1 in
0..1, one for each object).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from latentd_training.data.dataset import Record
from latentd_training.data.percentile import percentile

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
OTHER = "other"


@dataclass(frozen=True)
class Captioned:
    """One picture of a folder, not opened yet."""

    file: Path
    record: Record
    class_name: str


def list_folder(folder: Path, held_out_percent: int) -> list[Captioned]:
    """All captioned pictures, sorted by file; a hash of the name puts `held_out_percent` in the split "held-out"."""
    lines = folder / "captions.jsonl"
    found = _from_lines(folder, lines) if lines.exists() else _from_files(folder)
    entries = sorted(found, key=lambda entry: entry.file)
    if not entries:
        raise ValueError(f"No captioned pictures in {folder}: put name.txt beside name.png, or write captions.jsonl")
    for entry in entries:
        if percentile(entry.file.relative_to(folder).as_posix()) < held_out_percent:
            entry.record.split = "held-out"
    names = class_names(entries)
    for entry in entries:
        entry.record.class_id = names.index(entry.class_name)
    return entries


def class_names(entries: list[Captioned]) -> list[str]:
    """Names by class id; 0 is "other", for pictures without a class."""
    return [OTHER, *sorted({entry.class_name for entry in entries} - {OTHER})]


def open_squares(entries: list[Captioned], size: int) -> Iterator[tuple[Image.Image, Record]]:
    """Open the pictures one after the other."""
    for entry in entries:
        yield open_square(entry.file, size), entry.record


def open_square(file: Path, size: int) -> Image.Image:
    """A picture as size×size RGB: transparency on white, the centre square, Lanczos."""
    image = Image.open(file).convert("RGBA")
    image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.resize((size, size), Image.Resampling.LANCZOS, (left, top, left + side, top + side))


def _from_files(folder: Path) -> Iterator[Captioned]:
    for file in folder.rglob("*"):
        captions = file.with_suffix(".txt")
        if file.suffix.lower() in SUFFIXES and captions.exists():
            lines = [line.strip() for line in captions.read_text().splitlines() if line.strip()]
            if not lines:
                raise ValueError(f"No caption in {captions}: each line is a caption")
            yield Captioned(file, Record(lines), OTHER)


def _from_lines(folder: Path, lines: Path) -> Iterator[Captioned]:
    for number, line in enumerate(lines.read_text().splitlines(), 1):
        entry = json.loads(line)
        captions = entry.get("captions") or [entry[key] for key in ("caption",) if key in entry]
        if not captions or "file" not in entry:
            raise ValueError(f"Line {number} of {lines}: must have file, and caption or captions")
        objects, boxes = entry.get("objects", []), [tuple(box) for box in entry.get("boxes", [])]
        if len(objects) != len(boxes) or any(len(box) != 4 for box in boxes):
            raise ValueError(f"Line {number} of {lines}: must have one box x0 y0 x1 y1 for each of objects")
        record = Record(captions, objects=objects, boxes=boxes)
        yield Captioned(folder / entry["file"], record, entry.get("class", OTHER))
