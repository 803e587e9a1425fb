"""A run that is broken off and started again ends with the same weights as one that was not."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from latentd_training.data.cache import load_cache
from latentd_training.data.dataset import load_dataset
from latentd_training.denoiser.denoiser import DenoiserConfig
from latentd_training.diffusion.diffusion_trainer import DiffusionConfig, DiffusionTrainer
from latentd_training.first_stage.autoencoder_trainer import AutoencoderConfig, AutoencoderTrainer
from latentd_training.first_stage.first_stage import FirstStageConfig

CPU = torch.device("cpu")


def assert_same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> None:
    assert a.keys() == b.keys()
    for name in a:
        assert torch.equal(a[name], b[name]), name


def diffusion(toy: Path, output: Path) -> DiffusionTrainer:
    config = DiffusionConfig(
        dataset=str(toy / "dataset"), cache=str(toy / "cache"), output=str(output), steps=6, batch_size=4, warmup=2,
        decay=3, denoiser=DenoiserConfig(channels=(32, 64)),
    )
    dataset = load_dataset(toy / "dataset")
    return DiffusionTrainer(config, dataset, load_cache(toy / "cache", dataset), CPU)


def test_diffusion_goes_on_with_the_same_result(toy: Path, tmp_path: Path) -> None:
    whole = diffusion(toy, tmp_path / "whole")
    losses = [whole.train_step()["loss"] for _ in range(6)]
    first = diffusion(toy, tmp_path / "parts")
    resumed_losses = [first.train_step()["loss"] for _ in range(3)]
    first.save()
    second = diffusion(toy, tmp_path / "parts")
    assert second.step == 3
    resumed_losses += [second.train_step()["loss"] for _ in range(3)]
    assert resumed_losses == losses
    assert_same(second.denoiser.state_dict(), whole.denoiser.state_dict())
    assert_same(second.ema.module.state_dict(), whole.ema.module.state_dict())


FIRST_STAGES = {
    "kl": FirstStageConfig(latent_channels=4, widths=(16, 32, 32)),
    "vq": FirstStageConfig(kind="vq", latent_channels=4, widths=(16, 32, 32), codebook_size=32),
}


@pytest.mark.parametrize("kind", FIRST_STAGES)
def test_autoencoder_goes_on_with_the_same_result(kind: str, toy: Path, tmp_path: Path) -> None:
    config = AutoencoderConfig(
        dataset=str(toy / "dataset"), output=str(tmp_path / "whole"), steps=6, batch_size=4, warmup=2,
        adversarial=0.1, adversarial_start=2, first_stage=FIRST_STAGES[kind],
    )
    dataset = load_dataset(toy / "dataset")
    whole = AutoencoderTrainer(config, dataset, CPU)
    for _ in range(6):
        whole.train_step()
    first = AutoencoderTrainer(replace(config, output=str(tmp_path / "parts")), dataset, CPU)
    for _ in range(3):
        first.train_step()
    first.save()
    second = AutoencoderTrainer(replace(config, output=str(tmp_path / "parts")), dataset, CPU)
    for _ in range(3):
        second.train_step()
    assert_same(second.first_stage.state_dict(), whole.first_stage.state_dict())
    assert_same(second.discriminator.state_dict(), whole.discriminator.state_dict())


def test_a_killed_command_goes_on_with_the_same_result(toy: Path, tmp_path: Path) -> None:
    def start(output: Path) -> subprocess.Popen:
        path = tmp_path / f"{output.name}.toml"
        path.write_text(
            f'dataset = "{toy / "dataset"}"\ncache = "{toy / "cache"}"\noutput = "{output}"\nsteps = 12\n'
            "batch_size = 4\nreport_steps = 1\nsave_minutes = 0.0\n[denoiser]\nchannels = [32, 64]\n"
        )
        command = [sys.executable, "-m", "latentd_training.train_diffusion", str(path), "--threads", "1"]
        return subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL, env=os.environ)

    assert start(tmp_path / "whole").wait() == 0
    killed = start(tmp_path / "killed")
    while not (tmp_path / "killed/state.pt").exists():
        assert killed.poll() is None, "The run ended before its first checkpoint"
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert torch.load(tmp_path / "killed/state.pt")["step"] < 12
    assert start(tmp_path / "killed").wait() == 0
    whole, resumed = (torch.load(tmp_path / name / "state.pt") for name in ("whole", "killed"))
    assert resumed["step"] == whole["step"] == 12
    assert_same(resumed["denoiser"], whole["denoiser"])
    assert_same(resumed["ema"], whole["ema"])
