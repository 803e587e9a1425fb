"""Distillation on a toy data set: trajectories as diffusers draws them, a student that learns, equality after a stop."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from latentd_training.data.cache import load_cache
from latentd_training.data.dataset import load_dataset
from latentd_training.denoiser.denoiser import Denoiser, DenoiserConfig, export_weights
from latentd_training.distill.config import DistillConfig
from latentd_training.distill.distill import distill
from latentd_training.distill.trainer import DistillTrainer
from latentd_training.distill.trajectories import Trajectories
from latentd_training.training.config import load_config

CPU = torch.device("cpu")


def make_config(toy: Path, output: Path, **others: object) -> DistillConfig:
    teacher = output.parent / "teacher.pt"
    if not teacher.exists():
        torch.manual_seed(0)
        network = Denoiser(DenoiserConfig(channels=(32, 64)), 4, 3)
        export_weights(teacher, network, torch.zeros(1, 4, 1, 1), torch.ones(1, 4, 1, 1), 0, 0)
    return DistillConfig(**{
        "dataset": str(toy / "dataset"), "cache": str(toy / "cache"), "teacher": str(teacher), "output": str(output),
        "steps": 6, "student_steps": 2, "teacher_steps": 4, "trajectories": 8, "batch_size": 4, "warmup": 1, "decay": 3,
        "report_steps": 2, "evaluate_steps": 3, **others,
    })


def run_of(config: DistillConfig, stop: bool = False) -> Trajectories:
    dataset = load_dataset(Path(config.dataset))
    trajectories = Trajectories(config, dataset, load_cache(Path(config.cache), dataset), CPU)
    trajectories.draw(stop)
    return trajectories


class TestTrajectories:
    def test_are_what_diffusers_draws_with_guidance(self, toy: Path, tmp_path: Path) -> None:
        trajectories = run_of(make_config(toy, tmp_path / "run"))
        batch, states = trajectories.read(1)
        run = trajectories.run(trajectories.teacher, batch, 4, 4.0)
        assert states.shape == (3, 4, 4, 4, 4)
        torch.testing.assert_close(states, torch.stack([batch.noise, run[1], run[3]]))
        unguided = trajectories.run(trajectories.teacher, batch, 4, 1.0)
        assert not torch.allclose(unguided[-1], run[-1])

    def test_every_pass_visits_each_chunk_once(self, toy: Path, tmp_path: Path) -> None:
        trajectories = run_of(make_config(toy, tmp_path / "run", trajectories=40), stop=True)
        passes = [[trajectories.visit(step)[0] for step in range(start, start + 10)] for start in (0, 10)]
        assert [sorted(chunks) for chunks in passes] == [list(range(10))] * 2
        assert passes[0] != passes[1]

    def test_processes_draw_the_same(self, toy: Path, tmp_path: Path) -> None:
        one, two = (run_of(make_config(toy, tmp_path / str(count), processes=count)) for count in (1, 2))
        for chunk in range(3):
            torch.testing.assert_close(one.read(chunk)[1], two.read(chunk)[1], atol=0, rtol=0)

    def test_those_of_another_teacher_are_refused(self, toy: Path, tmp_path: Path) -> None:
        config = make_config(toy, tmp_path / "run")
        run_of(config)
        with pytest.raises(ValueError, match="have another guidance: choose another output"):
            run_of(replace(config, guidance=2.0))

    def test_the_shipped_config_is_one(self) -> None:
        config = load_config(Path(__file__).parents[2] / "configs/emoji_distill.toml", DistillConfig)
        assert config.trajectories % config.batch_size == config.batch_size % config.processes == 0

    def test_steps_that_do_not_divide_are_refused(self, toy: Path, tmp_path: Path) -> None:
        message = "teacher_steps is 20; it must be a multiple of student_steps, which is 3"
        with pytest.raises(ValueError, match=message):
            make_config(toy, tmp_path / "run", teacher_steps=20, student_steps=3)


class TestStudent:
    def test_learns_to_do_the_teachers_steps(self, toy: Path, tmp_path: Path) -> None:
        config = make_config(toy, tmp_path / "run", steps=60, evaluate_steps=60, learning_rate=3e-3, decay=30)
        trainer = distill(config, False)
        teacher_error = trainer.error(0, trainer.trajectories.teacher, config.guidance)
        assert trainer.error(0, trainer.ema.module, 1.0) < 0.5 * teacher_error
        state = torch.load(tmp_path / "run/unet.pt")
        assert state["sampling"] == {"steps": 2, "guidance": 1.0}
        teacher = torch.load(config.teacher)
        for name, value in teacher["ec"].items():  # so that a model folder can share the embedders
            assert torch.equal(state["ec"][name], value), name

    def test_goes_on_with_the_same_result(self, toy: Path, tmp_path: Path) -> None:
        config = make_config(toy, tmp_path / "whole", processes=2)
        whole = distill(config, False)
        parts = replace(config, output=str(tmp_path / "parts"))
        dataset = load_dataset(Path(config.dataset))
        first = DistillTrainer(parts, run_of(parts), load_cache(Path(config.cache), dataset), CPU)
        for _ in range(3):
            first.train_step()
        first.save()
        first.close()
        (tmp_path / "parts/trajectories/00001.npy").unlink()  # as if the kill had come while it was drawn
        second = distill(parts, False)
        assert second.step == whole.step == 6
        for name, value in whole.ema.module.state_dict().items():
            assert torch.equal(second.ema.module.state_dict()[name], value), name
