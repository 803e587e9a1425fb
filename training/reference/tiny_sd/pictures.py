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
CASES_FILE = MODELS / "cases.json"
TOLERANCE = {"tiny-sd2": 6, "tiny-sd-int8": 8}
# Rounding of what goes through a network makes its pictures others than PyTorch's.
BY_GRAPHS = ["tiny-sd-int8"]


def write_case(case: Case, scratch: Path) -> dict[str, Any]:
    graphs = MODELS / case.model if case.model in BY_GRAPHS else None
    pictures = pictures_of(case, scratch, graphs)
    names = [f"{case.name}.png"] if len(pictures) == 1 else [f"{case.name}-{i}.png" for i in range(len(pictures))]
    for name, picture in zip(names, pictures, strict=True):
        picture.save(EXPECTED / name, optimize=True)
    changed = {"scheduler_config": case.scheduler_config} if case.scheduler_config else {}
    return {
        "name": case.name, "model": case.model, "pipeline": pipeline_class(case), "request": case.request,
        "scheduler": scheduler_of(case, scratch)[1], **changed, "expected": names,
        "tolerance": TOLERANCE.get(case.model, 2),
    }


def keep_others(models: set[str]) -> list[dict[str, Any]]:
    """The entries of other models; the pictures of our earlier ones are removed."""
    entries = json.loads(CASES_FILE.read_text()) if CASES_FILE.exists() else []
    for entry in entries:
        for name in entry["expected"] if entry["model"] in models else []:
            (EXPECTED / name).unlink(missing_ok=True)
    return [entry for entry in entries if entry["model"] not in models]


def main(scratch: Path) -> None:
    inputs.write()
    EXPECTED.mkdir(exist_ok=True)
    others = keep_others({case.model for case in CASES})
    entries = [write_case(case, scratch) for case in CASES]
    lines = [json.dumps(entry, ensure_ascii=False) for entry in [*entries, *others]]
    CASES_FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
