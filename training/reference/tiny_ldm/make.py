"""Writes tests/models/tiny-ldm-*, the pictures that diffusers makes with them, and their entries of cases.json.

From the repository root, with training/requirements.txt installed:
    PYTHONPATH=training/reference python -m tiny_ldm.make
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from . import inputs
from .cases import CASES
from .contrast import check_contrast
from .draw import draw
from .models import MODELS

ROOT = Path("tests/models")
SEED = 1000
TOLERANCE = 2


def export(source: Path, name: str, empty_class: int | None) -> None:
    """By the command that docs/export.md tells."""
    option = [] if empty_class is None else ["--empty-class", str(empty_class)]
    command = [sys.executable, "-m", "latentd_training.families", source, (ROOT / name).resolve(), *option]
    subprocess.run(command, cwd="training", check=True)


def write_case(case: dict, source: Path) -> dict:
    pictures = draw(case, source)
    names = [f"{case['name']}{'' if len(pictures) == 1 else f'-{index}'}.png" for index in range(len(pictures))]
    for name, picture in zip(names, pictures, strict=True):
        picture.save(ROOT / "expected" / name, optimize=True)
    return {**case, "expected": names, "tolerance": TOLERANCE}


def merge(entries: list[dict]) -> None:
    """Replaces the entries of our models and keeps the others."""
    path = ROOT / "cases.json"
    others = [entry for entry in json.loads(path.read_text()) if entry["model"] not in MODELS] if path.exists() else []
    lines = [json.dumps(entry, ensure_ascii=False) for entry in [*others, *entries]]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def main() -> None:
    torch.set_num_threads(1)
    (ROOT / "expected").mkdir(parents=True, exist_ok=True)
    inputs.write()
    entries = []
    with tempfile.TemporaryDirectory() as scratch:
        for index, (name, (build, empty_class)) in enumerate(MODELS.items()):
            source = Path(scratch) / name
            source.mkdir()
            torch.manual_seed(SEED + index)
            build(source)
            export(source, name, empty_class)
            entries += [write_case(case, source) for case in CASES if case["model"] == name]
            check_contrast(name, source)
    merge(entries)


if __name__ == "__main__":
    main()
