"""Judge generated pictures: python -m latentd_training.evaluate EVALUATOR.pt DATASET SPLIT GENERATED

GENERATED holds pictures with captions (captions.jsonl, or name.txt beside name.png), drawn by whatever drew them:
latentd itself, a quantised or a few-step variant. The captions are those of the data set's SPLIT. Prints a JSON object: Fréchet
distance to the real pictures of the split, and R@1 and R@5 in per cent, with the real pictures' own beside them.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .dataset import load_dataset
from .image_folder import list_folder, open_squares
from .image_text import ImageTextNetwork, load_image_text
from .measures import frechet_distance, recall
from .text_encoder import TextEncoder, Tokenizer

BATCH = 128


@torch.no_grad()
def judge(network: ImageTextNetwork, captions: list[str], pictures: dict[str, tuple[Tensor, list[str]]]) -> dict:
    """Measures of each set of `pictures` (pixels [n, 3, H, W] uint8 with one caption each) among `captions`."""
    ids, mask = Tokenizer()(captions)
    encoder = TextEncoder()
    pooled = torch.cat([encoder(i, m)[1] for i, m in zip(ids.split(BATCH), mask.split(BATCH))])
    texts, results = network.embed_texts(pooled), {}
    for name, (pixels, own) in pictures.items():
        answers = torch.tensor([captions.index(caption) for caption in own])
        parts = [part.float() / 127.5 - 1 for part in pixels.split(BATCH)]
        similarities = torch.cat([network.embed_images(part) for part in parts]) @ texts.T
        recalls = {f"R@{k}": round(100 * recall(similarities, answers, k), 1) for k in (1, 5)}
        results[name] = (torch.cat([network.features(part) for part in parts]), recalls)
    real = results["real"][0]
    return {name: {"frechet": round(frechet_distance(found, real), 3), **recalls} for name, (found, recalls) in results.items()}


def evaluate(evaluator: Path, dataset_folder: Path, split: str, generated: Path) -> dict:
    """Judge the pictures in `generated` beside the real ones of `split`."""
    dataset = load_dataset(dataset_folder)
    rows = dataset.indices(split)
    if not len(rows):
        raise ValueError(f'No pictures of split "{split}": {dataset_folder} has {dataset.splits()}')
    real = torch.from_numpy(dataset.images[rows])
    captions = sorted({dataset.records[row].captions[0] for row in rows})
    entries = list_folder(generated, held_out_percent=0)
    squares = [np.asarray(image) for image, _ in open_squares(entries, real.shape[-1])]
    own = [entry.record.captions[0] for entry in entries]
    if strangers := set(own) - set(captions):
        raise ValueError(f'Captions of {generated} that split "{split}" does not have: {sorted(strangers)[:3]}')
    drawn = torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2)
    pictures = {"real": (real, [dataset.records[row].captions[0] for row in rows]), "generated": (drawn, own)}
    return {"split": split, "captions": len(captions), "pictures": len(entries),
            **judge(load_image_text(evaluator), captions, pictures)}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m latentd_training.evaluate", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("evaluator", type=Path, help="weights that `train_evaluator` wrote (evaluator.pt)")
    parser.add_argument("dataset_folder", type=Path, metavar="dataset", help="folder that `prepare` wrote")
    parser.add_argument("split", help='such as "train", "held-out" or, for emoji, "pair"')
    parser.add_argument("generated", type=Path, help="folder of pictures with captions")
    print(json.dumps(evaluate(**vars(parser.parse_args())), indent=1))


if __name__ == "__main__":
    main()
