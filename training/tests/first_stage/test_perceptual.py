"""The perceptual term: what it measures, and that a run learns from it."""

from pathlib import Path

import pytest
import torch

from latentd_training.data.dataset import load_dataset
from latentd_training.evaluate.image_text import ImageTextNetwork
from latentd_training.first_stage.autoencoder_trainer import AutoencoderConfig, AutoencoderTrainer
from latentd_training.first_stage.first_stage import FirstStageConfig
from latentd_training.first_stage.perceptual import PerceptualDistance


@pytest.fixture
def network(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "evaluator.pt"
    torch.save({"width": 16, "weights": ImageTextNetwork(16).state_dict()}, path)
    return path


def test_the_same_is_at_no_distance_and_the_opposite_at_the_largest(network: Path) -> None:
    distance = PerceptualDistance(network)
    pictures = torch.rand(2, 3, 32, 32) * 2 - 1
    assert distance(pictures, pictures) == 0
    near, far = pictures + 0.05 * torch.randn_like(pictures), torch.rand(2, 3, 32, 32) * 2 - 1
    assert 0 < distance(near, pictures) < distance(far, pictures) < 4
    assert distance(far, pictures) == pytest.approx(float(distance(pictures, far)))
    # Features of a network without offsets change their sign with the picture: vectors of length 1 are then 2 apart.
    for name, parameter in distance.named_parameters():
        if name.endswith("bias"):
            parameter.zero_()
    distance.image[2].conv2.weight.zero_()
    first = distance._maps(pictures)[0], distance._maps(-pictures)[0]
    assert (first[0] - first[1]).square().sum(1).mean() == pytest.approx(4, abs=1e-4)


def test_a_run_learns_from_it(network: Path, toy: Path, tmp_path: Path) -> None:
    shape = FirstStageConfig(latent_channels=4, widths=(16, 32, 32))

    def weights(name: str, perceptual: float) -> torch.Tensor:
        config = AutoencoderConfig(
            dataset=str(toy / "dataset"), output=str(tmp_path / name), steps=2, batch_size=4, warmup=1,
            perceptual=perceptual, perceptual_network=str(network), first_stage=shape,
        )
        trainer = AutoencoderTrainer(config, load_dataset(toy / "dataset"), torch.device("cpu"))
        terms = trainer.train_step()
        assert ("perceptual" in terms) == (perceptual > 0)
        return trainer.first_stage.dec.net[0].weight

    assert not torch.equal(weights("with", 1.0), weights("without", 0.0))


def test_a_term_without_a_network_is_refused() -> None:
    with pytest.raises(ValueError, match="perceptual is 0.1, but perceptual_network names no weights"):
        AutoencoderConfig(dataset="d", output="o", steps=1, perceptual=0.1)
