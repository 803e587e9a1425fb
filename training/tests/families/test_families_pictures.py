"""The tiny exported models make the pictures that diffusers made of them."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.families.onnx_folder import OnnxFolder

MODELS = Path(__file__).parents[3] / "tests/models"
CASES = [case for case in json.loads((MODELS / "cases.json").read_text()) if case["model"].startswith("tiny-ldm-")]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_equals_diffusers(case: dict):
    model = OnnxFolder(MODELS / case["model"])
    for index, name in enumerate(case["expected"]):
        expected = np.asarray(Image.open(MODELS / "expected" / name), float)
        made = model.picture(case, MODELS / "inputs", case["request"]["seed"] + index)
        assert made.shape == expected.shape
        assert np.abs(made - expected).max() <= case["tolerance"]
