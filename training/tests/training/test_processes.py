"""Several processes compute the gradient that one would, a run with them goes on with the same result, and work that is
shared out is done."""

import os
import signal
from pathlib import Path

import pytest
import torch

from latentd_training.data.cache import load_cache
from latentd_training.data.dataset import load_dataset
from latentd_training.denoiser.denoiser import DenoiserConfig
from latentd_training.diffusion.diffusion_trainer import DiffusionConfig, DiffusionTrainer
from latentd_training.training.processes import in_processes


def trainer(toy: Path, output: Path, processes: int) -> DiffusionTrainer:
    config = DiffusionConfig(
        dataset=str(toy / "dataset"), cache=str(toy / "cache"), output=str(output), steps=4, batch_size=4,
        warmup=1, processes=processes, denoiser=DenoiserConfig(channels=(32, 64)),
    )
    dataset = load_dataset(toy / "dataset")
    return DiffusionTrainer(config, dataset, load_cache(toy / "cache", dataset), torch.device("cpu"))


def test_the_gradient_is_that_of_one_process(toy: Path, tmp_path: Path) -> None:
    one, two = trainer(toy, tmp_path / "one", 1), trainer(toy, tmp_path / "two", 2)
    try:
        assert two.train_step()["loss"] == pytest.approx(one.train_step()["loss"], rel=1e-3)
        for name, parameter in one.denoiser.named_parameters():
            other = dict(two.denoiser.named_parameters())[name].grad
            # bf16 rounds by up to 1/256, differently for parts of a batch.
            torch.testing.assert_close(other, parameter.grad, atol=0.02 * parameter.grad.abs().max().item(), rtol=0)
    finally:
        two.close()


def test_goes_on_with_the_same_result(toy: Path, tmp_path: Path) -> None:
    whole, first = trainer(toy, tmp_path / "whole", 2), trainer(toy, tmp_path / "parts", 2)
    for _ in range(4):
        whole.train_step()
    for _ in range(2):
        first.train_step()
    first.save()
    first.close()
    second = trainer(toy, tmp_path / "parts", 2)
    for _ in range(2):
        second.train_step()
    second.close()
    whole.close()
    for name, value in whole.denoiser.state_dict().items():
        assert torch.equal(second.denoiser.state_dict()[name], value), name


def test_batches_that_do_not_divide_are_refused(toy: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="batch_size 4 must be a multiple of processes 3"):
        trainer(toy, tmp_path, 3)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_item_is_done_once(count: int, tmp_path: Path) -> None:
    done = list(in_processes(lambda item: (tmp_path / str(item)).mkdir(), range(5), count, False))
    assert sorted(done) == list(range(5))
    assert sorted(path.name for path in tmp_path.iterdir()) == list("01234")


def test_a_process_that_dies_is_told() -> None:
    with pytest.raises(RuntimeError, match="A helper process died"):
        list(in_processes(lambda item: os.kill(os.getpid(), signal.SIGKILL), range(4), 2, False))


@pytest.mark.parametrize("count", [1, 2])
def test_nothing_is_done_after_a_stop(count: int) -> None:
    assert list(in_processes(lambda item: None, range(4), count, True)) == []
