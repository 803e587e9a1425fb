"""Runs the cases again with the exported graphs, and asserts that the pictures are those expected.

From the repository root, with training/requirements.txt installed; PREFIX is how the names of wanted cases begin:
    PYTHONPATH=training/reference python -m tiny_sd.onnx_check SCRATCH [PREFIX]
"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from .cases import CASES, Case
from .reference import pictures_of

MODELS = Path("tests/models")


def difference(case: Case, scratch: Path, expected: list[str]) -> int:
    """The largest one of any channel of any pixel."""
    made = pictures_of(case, scratch, MODELS / case.model)
    pairs = [(np.int16(a), np.int16(Image.open(MODELS / "expected" / b))) for a, b in zip(made, expected, strict=True)]
    return max(int(abs(a - b).max()) for a, b in pairs)


def main(scratch: Path, prefix: str = "") -> None:
    entries = {entry["name"]: entry for entry in json.loads((MODELS / "cases.json").read_text())}
    failed = []
    for case in CASES:
        if case.name.startswith(prefix):
            entry = entries[case.name]
            found = difference(case, scratch, entry["expected"])
            print(f"{found:4} of {entry['tolerance']}  {case.name}", flush=True)
            if found > entry["tolerance"]:
                failed.append(case.name)
    assert not failed, failed


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
