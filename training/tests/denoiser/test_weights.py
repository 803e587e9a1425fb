"""Weights that a run leaves can be started from, exactly, and configs say what is wrong with them."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from latentd_training.denoiser.denoiser import Denoiser, DenoiserConfig, export_weights, load_weights
from latentd_training.diffusion.diffusion_trainer import DiffusionConfig
from latentd_training.first_stage.first_stage import load_first_stage
from latentd_training.training.config import load_config

CONFIG = DenoiserConfig(channels=(32, 64), addition_embed_type="", resnet_time_scale_shift="default")
CONFIGS = Path(__file__).parents[2] / "configs"


def test_a_pooled_text_embedding_starts_silent(tmp_path: Path) -> None:
    torch.manual_seed(0)
    before = Denoiser(CONFIG, 4, 3).eval()
    export_weights(tmp_path / "unet.pt", before, torch.zeros(1, 4, 1, 1), torch.ones(1, 4, 1, 1), 0, 0)
    after = Denoiser(replace(CONFIG, addition_embed_type="text"), 4, 3).eval()
    mean, std = load_weights(tmp_path / "unet.pt", after)
    same = Denoiser(CONFIG, 4, 3).eval()
    load_weights(tmp_path / "unet.pt", same)
    assert mean.shape == std.shape == (1, 4, 1, 1)
    sample, timesteps, context = torch.randn(2, 57, 4, 4), torch.tensor([3, 700]), torch.randn(2, 24, 384)
    with torch.no_grad():
        assert torch.equal(after(sample, timesteps, context), same(sample, timesteps, context))
        # Half precision is all that lies between them.
        expected = before(sample, timesteps, context)
        torch.testing.assert_close(same(sample, timesteps, context), expected, atol=5e-3, rtol=0)


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    narrow = Denoiser(CONFIG, 4, 3)
    export_weights(tmp_path / "unet.pt", narrow, torch.zeros(1, 4, 1, 1), torch.ones(1, 4, 1, 1), 0, 0)
    with pytest.raises((ValueError, RuntimeError)):
        load_weights(tmp_path / "unet.pt", Denoiser(replace(CONFIG, resnet_time_scale_shift="scale_shift"), 4, 3))


def test_the_first_stage_comes_back(toy: Path) -> None:
    first_stage = load_first_stage(toy / "ae.pt")
    latents = first_stage.encode(torch.zeros(1, 3, 64, 64))
    assert latents.shape == (1, 4, 4, 4)
    assert first_stage.decode(latents).shape == (1, 3, 64, 64)


def test_configs_are_read_and_misspelt_keys_refused(tmp_path: Path) -> None:
    config = load_config(CONFIGS / "emoji_diffusion.toml", DiffusionConfig)
    assert config.denoiser.channels == (160, 256) and config.weights["white"] == 0.4
    required = 'dataset = "a"\ncache = "b"\noutput = "c"\nsteps = 1\n'
    (tmp_path / "wrong.toml").write_text(required + "[denoiser]\nchanels = [1]\n")
    with pytest.raises(ValueError, match=r"Unknown keys \['chanels'\]"):
        load_config(tmp_path / "wrong.toml", DiffusionConfig)
    (tmp_path / "short.toml").write_text('dataset = "a"\n')
    with pytest.raises(ValueError, match="steps"):
        load_config(tmp_path / "short.toml", DiffusionConfig)
