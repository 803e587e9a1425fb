"""Whether a picture shows both objects of its caption: judged by captions in which one of them is another."""

import numpy as np
import torch
from torch import Tensor

from latentd_training.data.dataset import Dataset, Record

FOILS = 9  # for each object


def false_captions(dataset: Dataset, record: Record, caption: str, seed: int) -> list[str]:
    """`caption` with either of its two objects replaced by others of the data set, 9 times each; none where it does not
    name two, or one is part of the other's name."""
    if len(record.objects) != 2 or any(caption.count(name) != 1 for name in record.objects):
        return []
    rng, names = np.random.default_rng(seed), sorted({name for other in dataset.records for name in other.objects})
    others = [name for name in names if name not in record.objects]
    count = min(FOILS, len(others))
    return [
        caption.replace(name, str(foil)) for name in record.objects for foil in rng.choice(others, count, replace=False)
    ]


def both_present(image: Tensor, caption: Tensor, foils: Tensor) -> bool:
    """True where a picture [D] is nearer to its caption [D] than to any false one [n, D]; a tie counts against it."""
    return bool(torch.all(foils @ image < caption @ image))
