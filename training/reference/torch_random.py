"""Writes tests/reference/random.json: what `torch.randn` on the CPU draws for a few seeds and shapes.

Run from the repository root: python training/reference/torch_random.py
"""

import json
import math
from pathlib import Path

import torch

SEEDS = [0, 1, 42, 2**32 - 1, 2**32 + 42, 2**53 - 1, 2**64 - 1]
COUNTS = [1, 3, 15, 16, 17, 100]
# One stream: the number that waits after an odd small draw survives a large one.
STREAM = [3, 20, 2, 1, 16, 5, 33]
LARGE = [[1, 16, 8, 8], [1, 4, 64, 64]]


def numbers(tensor: torch.Tensor) -> list[float]:
    return [float(f"{value:.9g}") for value in tensor.flatten().tolist()]


def generator(seed: int) -> torch.Generator:
    return torch.Generator("cpu").manual_seed(seed)


def large(shape: list[int]) -> dict[str, object]:
    drawn = torch.randn(shape, generator=generator(42)).flatten()
    positions = [round(i * (drawn.numel() - 1) / 63) for i in range(64)]
    return {
        "seed": 42,
        "count": math.prod(shape),
        "positions": positions,
        "values": numbers(drawn[positions]),
        "mean": drawn.double().mean().item(),
        "meanSquare": drawn.double().square().mean().item(),
    }


def stream(seed: int) -> dict[str, object]:
    source = generator(seed)
    return {"seed": str(seed), "calls": [numbers(torch.randn(count, generator=source)) for count in STREAM]}


reference = {
    "torch": torch.__version__,
    "single": [
        {"seed": str(seed), "values": numbers(torch.randn(count, generator=generator(seed)))}
        for seed in SEEDS
        for count in COUNTS
    ],
    "streams": [stream(seed) for seed in (7, 123456789)],
    "large": [large(shape) for shape in LARGE],
}
path = Path("tests/reference/random.json")
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text(json.dumps(reference) + "\n")
