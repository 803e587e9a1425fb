"""Writes tests/models/inputs, expected and its own entries of cases.json from the models in SCRATCH.

From the repository root, with training/requirements.txt installed:
    PYTHONPATH=training/reference python -m tiny_sd.pictures SCRATCH
"""

import json
import sys
from pathlib import Path
from typing import Any

from . import inputs
from .cases import CASES, Case
from .reference import pictures_of, pipeline_class, scheduler_of

MODELS = Path("tests/models")
EXPECTED = MODELS / "expected"
TOLERANCE = 2


def write_case(case: Case, scratch: Path) -> dict[str, Any]:
    folder = scratch / case.model
    pictures = pictures_of(case, folder)
    names = [f"{case.name}.png"] if len(pictures) == 1 else [f"{case.name}-{i}.png" for i in range(len(pictures))]
    for name, picture in zip(names, pictures, strict=True):
        picture.save(EXPECTED / name, optimize=True)
    changed = {"scheduler_config": case.scheduler_config} if case.scheduler_config else {}
    return {
        "name": case.name, "model": case.model, "pipeline": pipeline_class(case), "request": case.request,
        "scheduler": scheduler_of(case, folder)[1], **changed, "expected": names, "tolerance": TOLERANCE,
    }


def merge(entries: list[dict[str, Any]]) -> None:
    """Replaces the entries of our models and keeps the others."""
    path = MODELS / "cases.json"
    ours = {entry["model"] for entry in entries}
    others = [entry for entry in json.loads(path.read_text()) if entry["model"] not in ours] if path.exists() else []
    lines = [json.dumps(entry, ensure_ascii=False) for entry in [*entries, *others]]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def main(scratch: Path) -> None:
    inputs.write()
    EXPECTED.mkdir(exist_ok=True)
    merge([write_case(case, scratch) for case in CASES])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
