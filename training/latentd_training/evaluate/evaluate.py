"""Judge pictures that latentd made: python -m latentd_training.evaluate EVALUATOR.pt DATASET PICTURES

PICTURES is a folder that `draw` wrote. Prints a Markdown table with a row for each split of the prompts and one for
all; behind each figure, in parentheses, that of the real pictures of the same captions. docs/builtin-model.md says what
the columns mean.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from latentd_training.data.dataset import load_dataset
from latentd_training.data.image_folder import open_square
from latentd_training.evaluate.image_text import load_image_text
from latentd_training.evaluate.judged import Judge
from latentd_training.prompts import Prompt

Figures = dict[str, float | None]
COLUMNS = {"frechet": "Fréchet", "R@1": "R@1", "R@5": "R@5", "background": "background", "both objects": "both objects"}


def read_pictures(folder: Path, size: int) -> tuple[Tensor, list[Prompt]]:
    """Pictures [n, 3, size, size] as bytes, and their prompts."""
    lines = [json.loads(line) for line in (folder / "captions.jsonl").read_text().splitlines()]
    squares = [np.asarray(open_square(folder / line["file"], size)) for line in lines]
    prompts = [Prompt(line["split"], line["caption"]) for line in lines]
    return torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2), prompts


def evaluate(evaluator: Path, dataset_folder: Path, pictures: Path) -> dict[str, tuple[int, Figures, Figures]]:
    """For each split of the prompts, and "all": how many pictures, their figures, and those of the real ones."""
    dataset = load_dataset(dataset_folder)
    pixels, prompts = read_pictures(pictures, dataset.images.shape[-1])
    judge = Judge(load_image_text(evaluator), dataset, prompts)
    splits = list(dict.fromkeys(prompt.split for prompt in prompts))
    results = {}
    for name, members in {**{split: [split] for split in splits}, "all": splits}.items():
        chosen = [i for i, prompt in enumerate(prompts) if prompt.split in members]
        asked = [prompts[i] for i in chosen]
        real, others = judge.real(asked)
        reference = judge.features(others)
        figures = judge.measure(pixels[chosen], asked, reference), judge.measure(real, asked, reference)
        results[name] = (len(chosen), *figures)
    return results


def table(results: dict[str, tuple[int, Figures, Figures]]) -> str:
    """The results as Markdown."""
    lines = [f"| prompts | pictures | {' | '.join(COLUMNS.values())} |", "| --- " * (2 + len(COLUMNS)) + "|"]
    for name, (count, made, real) in results.items():
        cells = [_cell(column, made[column], real[column]) for column in COLUMNS]
        lines.append(f"| {name} | {count} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(column: str, made: float | None, real: float | None) -> str:
    if made is None or real is None:
        return "–"
    return f"{made:.1f} ({real:.1f})" if column == "frechet" else f"{made:.0%} ({real:.0%})"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m latentd_training.evaluate", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("evaluator", type=Path, help="weights that `train_evaluator` wrote (evaluator.pt)")
    parser.add_argument("dataset", type=Path, help="folder that `prepare` wrote")
    parser.add_argument("pictures", type=Path, help="folder that `draw` wrote")
    options = parser.parse_args()
    print(table(evaluate(options.evaluator, options.dataset, options.pictures)))
