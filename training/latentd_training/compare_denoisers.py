"""Denoisers of different spaces beside each other:
python -m latentd_training.compare_denoisers EVALUATOR.pt DATASET PROMPTS.jsonl --run UNET.pt AE.pt [--run …]

Each draws the same prompts from seed 0 as latentd does by default (DDIM, 20 steps, guidance 4). All pictures, the real
ones too, are brought to the size of the smallest and judged there. `pixels` in place of AE.pt is a denoiser of pixels.
Prints a Markdown table: weights, pictures seen in training, Fréchet distance, retrieval, pictures a second.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from latentd_training.data.dataset import load_dataset
from latentd_training.data.pixels import to_bytes
from latentd_training.denoiser.denoiser import load_denoiser
from latentd_training.denoiser.sampling import Conditions, Sampling, denoise
from latentd_training.denoiser.text_encoder import TextEncoder, Tokenizer
from latentd_training.evaluate.image_text import load_image_text
from latentd_training.evaluate.judged import Judge
from latentd_training.first_stage.first_stage import load_first_stage
from latentd_training.prompts import read_prompts
from latentd_training.training.precision import autocast, default_device

BATCH = 32
COLUMNS = ("space", "weights", "pictures seen", "Fréchet", "R@5", "pictures a second")


@dataclass(frozen=True)
class Drawn:
    """What one denoiser drew, as bytes [n, 3, H, W]; the space it works in, its size, and its speed."""

    pixels: Tensor
    space: tuple[int, ...]
    weights: int
    seen: int
    pictures_a_second: float


@torch.no_grad()
def draw(unet: Path, autoencoder: Path, captions: list[str], size: int) -> Drawn:
    """Draw one picture for every caption; `size` is the side of the pictures that the denoiser was trained on."""
    device = default_device()
    denoiser, mean, std = load_denoiser(unet)
    first_stage = load_first_stage(autoencoder).to(device)
    denoiser = denoiser.to(device, memory_format=torch.channels_last).eval()
    space = tuple(first_stage.encode(torch.zeros(1, 3, size, size, device=device)).shape[1:])
    unused = torch.zeros(1, denoiser.unet.config.in_channels - space[0], *space[1:], device=device)
    context = TextEncoder()(*Tokenizer()(["", *captions]))[0].to(device)
    noise = torch.randn(len(captions), *space, generator=torch.Generator().manual_seed(0)).to(device)
    sampling, made, start = Sampling(), [], time.perf_counter()
    with autocast(device):
        for x, given in zip(noise.split(BATCH), context[1:].split(BATCH)):
            conditions = Conditions(given, unused)
            latents = denoise(denoiser, conditions, context[:1], x, sampling.steps, sampling.guidance)[-1].cpu()
            made.append(first_stage.decode((latents * std + mean).to(device)).float().cpu())
    seconds = time.perf_counter() - start
    seen = torch.load(unet, weights_only=True, map_location="cpu")["seen"]
    weights = sum(parameter.numel() for parameter in denoiser.unet.parameters())
    return Drawn(to_bytes(torch.cat(made)), space, weights, seen, len(captions) / seconds)


def at_size(pixels: Tensor, detail: int, size: int) -> Tensor:
    """Bytes [n, 3, H, W] → [n, 3, size, size] with no more detail than pictures of side `detail` have."""
    if pixels.shape[-1] > detail:
        pixels = F.interpolate(pixels.float(), size=(detail, detail), mode="area")
    larger = F.interpolate(pixels.float(), size=(size, size), mode="bilinear", align_corners=False)
    return larger.round().byte()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m latentd_training.compare_denoisers", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("evaluator", type=Path, help="weights that `train_evaluator` wrote (evaluator.pt)")
    parser.add_argument("dataset", type=Path, help="folder that `prepare` wrote")
    parser.add_argument("prompts", type=Path, help="what `prompts` wrote, such as prompts/emoji.jsonl")
    parser.add_argument("--run", type=Path, nargs=2, action="append", required=True, metavar=("UNET.pt", "AE.pt"))
    parser.add_argument("--threads", type=int, help="CPU threads (as many as cores by default)")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    dataset, prompts = load_dataset(options.dataset), read_prompts(options.prompts)
    size = dataset.images.shape[-1]
    captions = [prompt.caption for prompt in prompts]
    runs = [draw(unet, autoencoder, captions, size) for unet, autoencoder in options.run]
    detail = min(run.pixels.shape[-1] for run in runs)
    judge = Judge(load_image_text(options.evaluator), dataset, prompts)
    real, others = (at_size(pixels, detail, size) for pixels in judge.real(prompts))
    reference = judge.features(others)
    print(f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}", sep="\n")
    for run in runs:
        figures = judge.measure(at_size(run.pixels, detail, size), prompts, reference)
        space = "×".join(map(str, run.space))
        judged = f"{figures['frechet']:.1f} | {figures['R@5']:.0%}"
        print(f"| {space} | {run.weights / 1e6:.1f} M | {run.seen:,} | {judged} | {run.pictures_a_second:.2f} |")
    figures = judge.measure(real, prompts, reference)
    print(f"| real pictures | – | – | {figures['frechet']:.1f} | {figures['R@5']:.0%} | – |")


if __name__ == "__main__":
    main()
