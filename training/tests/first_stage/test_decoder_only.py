"""A decoder that learns on while the latents stay what they are."""

from pathlib import Path

import pytest
import torch

from latentd_training.data.dataset import load_dataset
from latentd_training.first_stage.autoencoder_trainer import AutoencoderConfig, AutoencoderTrainer
from latentd_training.first_stage.first_stage import (
    FirstStageConfig,
    first_stage_state,
    load_first_stage,
    make_first_stage,
)


@pytest.mark.parametrize("kind", ["kl", "vq"])
def test_only_the_decoder_moves(kind: str, toy: Path, tmp_path: Path) -> None:
    shape = FirstStageConfig(kind=kind, latent_channels=4, widths=(16, 32, 32), codebook_size=16)
    torch.save(first_stage_state(shape, make_first_stage(shape), 0), tmp_path / "ae.pt")
    before = load_first_stage(tmp_path / "ae.pt").state_dict()
    config = AutoencoderConfig(
        dataset=str(toy / "dataset"), output=str(tmp_path / "decoder"), start_from=str(tmp_path / "ae.pt"),
        decoder_only=True, steps=3, batch_size=4, warmup=1, first_stage=shape,
    )
    trainer = AutoencoderTrainer(config, load_dataset(toy / "dataset"), torch.device("cpu"))
    for _ in range(3):
        trainer.train_step()
    for module in (trainer.first_stage, trainer.ema.module):
        after = module.state_dict()
        kept = [name for name in before if not name.startswith("dec.")]
        assert all(torch.equal(before[name], after[name]) for name in kept)
        assert not torch.equal(before["dec.net.0.weight"], after["dec.net.0.weight"])
