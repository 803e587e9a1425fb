"""First stages beside each other: python -m latentd_training.compare_first_stages EVALUATOR.pt DATASET AE.pt [AE.pt …]

Each encodes and decodes everything held out. Prints a Markdown table: PSNR, Fréchet distance of the reconstructions to
the pictures themselves in the evaluator's feature space, and, with a codebook, how many of its codes are used.
"""

import argparse
import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from latentd_training.data.dataset import Dataset, load_dataset
from latentd_training.evaluate.image_text import load_image_text
from latentd_training.evaluate.measures import frechet_distance
from latentd_training.first_stage.first_stage import KlFirstStage, VqFirstStage, load_first_stage

BATCH = 64


def held_out_pixels(dataset: Dataset) -> list[Tensor]:
    """Everything that training does not see, [b, 3, H, W] in [−1, 1]."""
    rows = np.concatenate([dataset.indices(split) for split in dataset.splits() if split != "train"])
    parts = np.split(rows, range(BATCH, len(rows), BATCH))
    return [torch.from_numpy(dataset.images[part]).float() / 127.5 - 1 for part in parts]


def psnr(a: Tensor, b: Tensor) -> float:
    """Mean over the pictures [n, 3, H, W] in [−1, 1] of their PSNR in dB."""
    return float((10 * torch.log10(4 / (a - b).square().mean((1, 2, 3)).clamp_min(1e-12))).mean())


def codebook_use(first_stage: VqFirstStage, latents: Tensor) -> tuple[float, float]:
    """The share of codes that latents [n, C, h, w] are replaced by, and the perplexity, exp of the entropy of that use."""
    size = len(first_stage.quantizer.codes)
    counts = first_stage.quantizer.indices(latents).flatten().bincount(minlength=size)
    shares = counts[counts > 0] / counts.sum()
    return len(shares) / size, math.exp(float(-(shares * shares.log()).sum()))


@torch.no_grad()
def row(path: Path, pictures: list[Tensor], features: list[Tensor], network: torch.nn.Module) -> str:
    """One line of the table."""
    first_stage: KlFirstStage | VqFirstStage = load_first_stage(path)
    latents = [first_stage.encode(pixels) for pixels in pictures]
    made = [first_stage.decode(part).clamp(-1, 1) for part in latents]
    distance = frechet_distance(torch.cat([network.features(pixels) for pixels in made]), torch.cat(features))
    kind, codes = "KL", "–"
    if isinstance(first_stage, VqFirstStage):
        used, perplexity = codebook_use(first_stage, torch.cat(latents))
        kind, codes = "VQ", f"{used:.0%} of {len(first_stage.quantizer.codes)}, perplexity {perplexity:.0f}"
    step = torch.load(path, weights_only=True, map_location="cpu")["step"]
    return f"| {kind} | {step} | {psnr(torch.cat(made), torch.cat(pictures)):.2f} | {distance:.2f} | {codes} |"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m latentd_training.compare_first_stages", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("evaluator", type=Path, help="weights that `train_evaluator` wrote (evaluator.pt)")
    parser.add_argument("dataset", type=Path, help="folder that `prepare` wrote")
    parser.add_argument("first_stages", type=Path, nargs="+", help="weights that `train_autoencoder` wrote (ae.pt)")
    options = parser.parse_args()
    network, pictures = load_image_text(options.evaluator), held_out_pixels(load_dataset(options.dataset))
    with torch.no_grad():
        features = [network.features(pixels) for pixels in pictures]
    print("| first stage | steps | PSNR, dB | Fréchet | codebook |\n| --- | --- | --- | --- | --- |")
    for path in options.first_stages:
        print(row(path, pictures, features, network), flush=True)


if __name__ == "__main__":
    main()
