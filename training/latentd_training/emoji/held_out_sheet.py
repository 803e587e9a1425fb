"""Writes 64 held-out pictures as one PNG of 8 by 8, for `deno task quality`.

python -m latentd_training.emoji.held_out_sheet DATASET bench/quality/held_out.png
(DATASET is what `latentd_training.prepare emoji` wrote.)
"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 8
COUNTS = {"style-object": 22, "object-background": 21, "pair": 21}


def main(dataset: Path, out: Path) -> None:
    splits = [json.loads(line)["split"] for line in (dataset / "records.jsonl").read_text().splitlines()]
    images = np.lib.format.open_memmap(dataset / "images.npy", mode="r")
    chosen = [i for kind, count in COUNTS.items() for i in [i for i, s in enumerate(splits) if s == kind][:count]]
    rows = [np.concatenate(images[chosen[i : i + SIDE]], axis=2) for i in range(0, SIDE**2, SIDE)]
    Image.fromarray(np.concatenate(rows, axis=1).transpose(1, 2, 0)).save(out, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
