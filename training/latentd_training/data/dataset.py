"""A data set on disk: pictures, captions, boxes and classes that every training command reads.

A folder holds `images.npy` (uint8 [N, 3, H, W]), `records.jsonl` (one line a picture), `classes.json` (names by id,
0 = other) and `dataset.json` (count, size, source).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image


@dataclass
class Record:
    """What is known of one picture; `boxes` are x0 y0 x1 y1 in 0..1, one for each of `objects`.

    `split` is "train" or the name of a held-out set; `kind` groups pictures so that configs can weight them.
    """

    captions: list[str]
    split: str = "train"
    kind: str = "picture"
    class_id: int = 0
    objects: list[str] = field(default_factory=list)
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)


@dataclass
class Dataset:
    """An opened data set: `images` [N, 3, H, W] uint8 (memory-mapped), `records` and class names by id."""

    folder: Path
    images: np.ndarray
    records: list[Record]
    classes: list[str]

    def indices(self, split: str = "train") -> np.ndarray:
        """Positions [n] of the pictures in `split`."""
        return np.array([i for i, record in enumerate(self.records) if record.split == split], dtype=np.int64)

    def splits(self) -> list[str]:
        """Names of the splits, sorted."""
        return sorted({record.split for record in self.records})


def load_dataset(folder: Path) -> Dataset:
    """Open a data set that `prepare` wrote."""
    if not (folder / "dataset.json").exists():
        raise ValueError(f"No data set at {folder}: run latentd_training.prepare first")
    records = [Record(**json.loads(line)) for line in (folder / "records.jsonl").read_text().splitlines()]
    images = np.load(folder / "images.npy", mmap_mode="r")
    return Dataset(folder, images, records, json.loads((folder / "classes.json").read_text()))


def write_dataset(
    folder: Path, count: int, size: int, examples: Iterable[tuple[Image.Image, Record]], classes: list[str], source: str
) -> None:
    """Write `count` examples (RGB pictures of size×size with their records) as a data set."""
    folder.mkdir(parents=True, exist_ok=True)
    images = np.lib.format.open_memmap(folder / "images.npy", mode="w+", dtype=np.uint8, shape=(count, 3, size, size))
    with (folder / "records.jsonl").open("w") as records:
        for i, (image, record) in enumerate(_exactly(count, examples)):
            images[i] = np.asarray(image.convert("RGB")).transpose(2, 0, 1)
            records.write(json.dumps(asdict(record)) + "\n")
    images.flush()
    (folder / "classes.json").write_text(json.dumps(classes))
    # Written last: a folder without it is one whose preparation was broken off.
    (folder / "dataset.json").write_text(json.dumps({"count": count, "size": size, "source": source}))


def _exactly(count: int, examples: Iterable[tuple[Image.Image, Record]]) -> Iterator[tuple[Image.Image, Record]]:
    """Pass examples on, and see that there are `count` of them."""
    seen = 0
    for seen, example in enumerate(examples, 1):
        yield example
    if seen != count:
        raise ValueError(f"Expected {count} examples, found {seen}")
