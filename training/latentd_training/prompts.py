"""Choose captions to judge a model by: python -m latentd_training.prompts DATASET OUT.jsonl

Chosen by rule, not by hand: from every split, as many captions as asked for (at most half of them), spread evenly over
the split. A line is an object with `split` and `caption`.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from latentd_training.data.dataset import Dataset, load_dataset


@dataclass(frozen=True)
class Prompt:
    """A caption, and the split of the data set it is from."""

    split: str
    caption: str


def choose_prompts(dataset: Dataset, count: int) -> list[Prompt]:
    """Up to `count` different captions of every split, "train" first; at most half of a split's, so that real pictures
    are left to compare with."""
    prompts = []
    for split in sorted(dataset.splits(), key=lambda name: (name != "train", name)):
        # A dict keeps the order and drops what comes again.
        captions = list(dict.fromkeys(dataset.records[row].captions[0] for row in dataset.indices(split)))
        chosen = min(count, (len(captions) + 1) // 2)
        prompts += [Prompt(split, captions[i * len(captions) // chosen]) for i in range(chosen)]
    return prompts


def read_prompts(path: Path) -> list[Prompt]:
    """Read what `write_prompts` wrote."""
    return [Prompt(**json.loads(line)) for line in path.read_text().splitlines()]


def write_prompts(path: Path, prompts: list[Prompt]) -> None:
    """Write one line a prompt."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(vars(prompt)) + "\n" for prompt in prompts))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m latentd_training.prompts", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dataset", type=Path, help="folder that `prepare` wrote")
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=128, help="captions of each split (default 128)")
    options = parser.parse_args()
    write_prompts(options.out, choose_prompts(load_dataset(options.dataset), options.count))


if __name__ == "__main__":
    main()
