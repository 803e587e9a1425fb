"""Denoisers of latents and of pixels are trained, drawn from and brought to one size."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from latentd_training.compare_denoisers import at_size, draw
from latentd_training.data.cache import load_cache, write_cache
from latentd_training.data.dataset import load_dataset
from latentd_training.denoiser.denoiser import DenoiserConfig
from latentd_training.diffusion.conditions import ConditionsConfig
from latentd_training.diffusion.diffusion_trainer import DiffusionConfig, DiffusionTrainer
from latentd_training.first_stage.first_stage import PIXELS, load_first_stage

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("space", "channels", "attention_levels", "shape", "side"),
    [("ae.pt", (32, 64), 2, (4, 4, 4), 64), (PIXELS, (32, 32, 64), 1, (3, 32, 32), 32)],
)
def test_a_denoiser_is_trained_and_drawn_from(
    space: str | Path, channels: tuple[int, ...], attention_levels: int, shape: tuple[int, ...], side: int,
    toy: Path, tmp_path: Path,
) -> None:
    autoencoder = PIXELS if space == PIXELS else toy / space
    dataset = load_dataset(toy / "dataset")
    write_cache(tmp_path / "cache", dataset, load_first_stage(autoencoder), CPU)
    config = DiffusionConfig(
        dataset=str(toy / "dataset"), cache=str(tmp_path / "cache"), output=str(tmp_path / "run"), steps=2,
        batch_size=4, conditions=ConditionsConfig(super_resolution=0), denoiser=DenoiserConfig(channels, attention_levels=attention_levels),
    )
    cache = load_cache(tmp_path / "cache", dataset)
    trainer = DiffusionTrainer(config, dataset, cache, CPU)
    losses = [trainer.train_step()["loss"] for _ in range(2)]
    assert all(0 < loss < 10 for loss in losses)
    trainer.save()
    drawn = draw(tmp_path / "run/unet.pt", autoencoder, ["red circle", "blue square"], 64)
    assert (drawn.space, drawn.seen) == (shape, 8)
    assert drawn.pixels.shape == (2, 3, side, side)
    assert drawn.weights == sum(weight.numel() for weight in trainer.denoiser.unet.parameters())
    assert at_size(drawn.pixels, 32, 64).shape == (2, 3, 64, 64)
    if autoencoder == PIXELS:
        with pytest.raises(ValueError, match="set super_resolution = 0"):
            DiffusionTrainer(replace(config, conditions=ConditionsConfig(), output=str(tmp_path / "other")), dataset, cache, CPU)


def test_larger_pictures_lose_their_detail() -> None:
    stripes = (torch.arange(8) % 2 * 200).byte().expand(1, 3, 8, 8)
    assert (at_size(stripes, 4, 8) == 100).all()
    flat = torch.full((1, 3, 4, 4), 37, dtype=torch.uint8)
    assert (at_size(flat, 4, 8) == 37).all()
