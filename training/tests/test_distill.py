"""Distillation against closed forms: a Gaussian whose denoiser is known, DDIM's rotation, and equality after a kill."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers import DDIMScheduler
from torch import Tensor, nn

from latentd_training.cache import load_cache
from latentd_training.checkpoint import StopSignal
from latentd_training.config import load_config
from latentd_training.dataset import load_dataset
from latentd_training.denoiser import Denoiser, DenoiserConfig, export_weights
from latentd_training.distill import distill
from latentd_training.distill_config import DistillConfig
from latentd_training.distill_trainer import DistillTrainer
from latentd_training.distill_trajectories import Trajectories, sampled_timesteps
from latentd_training.noise_schedule import zero_terminal_snr_schedule
from latentd_training.sampling import SCHEDULER, Conditions, Sampling, denoise

CPU = torch.device("cpu")
SCHEDULE = zero_terminal_snr_schedule()
DEVIATION = 0.5  # of the toy's latents, each independent and normal


def gaussian_v(sample: Tensor, timesteps: Tensor, context: Tensor) -> Tensor:
    """The best prediction of v for latents N(context's mean, DEVIATION²): E[v | z_t] in closed form."""
    signal, noise = (values[timesteps.long()][:, None, None, None] for values in (SCHEDULE.signal, SCHEDULE.noise))
    mean, z = context.mean((1, 2))[:, None, None, None], sample[:, :1]
    variance = signal**2 * DEVIATION**2 + noise**2
    latents = mean + signal * DEVIATION**2 / variance * (z - signal * mean)
    epsilon = noise / variance * (z - signal * mean)
    return signal * epsilon - noise * latents


def gaussian_run(noise: Tensor, mean: float, steps: int, guidance: float = 1.0, predict=gaussian_v) -> Tensor:
    """DDIM of the toy: latents after every step, [steps, B, 1, 1, 1]; the empty condition has mean 0."""
    context = torch.full((len(noise), 1, 1), mean)
    given = Conditions(context, torch.zeros(1, 0, 1, 1))
    return denoise(predict, given, torch.zeros(1, 1, 1), noise, steps, guidance)


class TestJump:
    """NoiseSchedule.jump, the student's target."""

    @pytest.mark.parametrize("steps", [1, 2, 4, 20])
    def test_is_the_v_that_takes_diffusers_there(self, steps: int) -> None:
        scheduler, timesteps = DDIMScheduler(**SCHEDULER), sampled_timesteps(steps)
        scheduler.set_timesteps(steps)
        for t, end_t in zip(timesteps, timesteps[1:]):
            start, end = torch.randn(2, 3, 16, 8, 8)
            v = SCHEDULE.jump(start, end, t.expand(3), end_t.expand(3))
            torch.testing.assert_close(scheduler.step(v, t, start).prev_sample, end, atol=1e-4, rtol=0)

    def test_is_finite_and_minus_the_latents_from_pure_noise(self) -> None:
        start, clean = torch.randn(2, 5, 16, 8, 8)
        v = SCHEDULE.jump(start, clean, torch.full((5,), 999), torch.full((5,), -1))
        torch.testing.assert_close(v, -clean)

    def test_is_the_training_target_for_a_picture_and_its_noise(self) -> None:
        latents, noise = torch.randn(2, 4, 16, 8, 8)
        timesteps, ends = torch.tensor([999, 749, 499, 20]), torch.tensor([749, 499, 0, -1])
        end = torch.cat([SCHEDULE.add_noise(latents[:3], noise[:3], ends[:3]), latents[3:]])
        v = SCHEDULE.jump(SCHEDULE.add_noise(latents, noise, timesteps), end, timesteps, ends)
        torch.testing.assert_close(v, SCHEDULE.velocity(latents, noise, timesteps), atol=1e-4, rtol=0)

    def test_is_the_teachers_own_v_if_the_teacher_takes_one_step(self) -> None:
        noise, timesteps = torch.randn(64, 1, 1, 1), sampled_timesteps(4)
        states = torch.cat([noise[None], gaussian_run(noise, 1.5, 4)])
        for i in range(4):
            t = timesteps[i].expand(64)
            target = SCHEDULE.jump(states[i], states[i + 1], t, timesteps[i + 1].expand(64))
            expected = gaussian_v(states[i], t, torch.full((64, 1, 1), 1.5))
            torch.testing.assert_close(target, expected, atol=1e-4, rtol=0)


class TestGaussianTeacher:
    """All that the method does, on a distribution whose probability flow is known: z_0 = mean + deviation · noise."""

    def test_many_steps_draw_the_closed_form(self) -> None:
        noise = torch.randn(64, 1, 1, 1)
        drawn = gaussian_run(noise, 1.5, 1000)[-1]
        torch.testing.assert_close(drawn, 1.5 + DEVIATION * noise, atol=0.02, rtol=0)

    def test_a_linear_student_of_the_targets_draws_it_in_four_steps_where_the_teacher_cannot(self) -> None:
        timesteps, steps = sampled_timesteps(4), 4
        noise = torch.randn(256, 1, 1, 1)
        run = gaussian_run(noise, 1.5, 1000)
        states = torch.cat([noise[None], run[249::250]])
        student = nn.ModuleList(nn.Linear(1, 1) for _ in range(steps))
        for i, layer in enumerate(student):  # a flow of a Gaussian is affine: least squares finds it exactly
            target = SCHEDULE.jump(
                states[i], states[i + 1], timesteps[i].expand(256), timesteps[i + 1].expand(256)
            ).flatten()
            inputs = torch.stack([states[i].flatten(), torch.ones(256)], 1)
            weight, bias = torch.linalg.lstsq(inputs, target[:, None]).solution[:, 0]
            nn.init.constant_(layer.weight, weight)
            nn.init.constant_(layer.bias, bias)

        def predict(sample: Tensor, t: Tensor, context: Tensor) -> Tensor:
            return student[timesteps.tolist().index(int(t[0]))](sample.flatten()[:, None])[..., None, None]

        new = torch.randn(64, 1, 1, 1)
        exact = gaussian_run(new, 1.5, 1000)[-1]
        in_four = gaussian_run(new, 1.5, 4, predict=predict)[-1]
        torch.testing.assert_close(in_four, exact, atol=1e-3, rtol=0)
        assert (gaussian_run(new, 1.5, 4)[-1] - exact).abs().mean() > 0.02

    def test_guidance_one_is_the_given_condition_alone(self) -> None:
        noise = torch.randn(8, 1, 1, 1)
        rows = []

        def counted(sample: Tensor, t: Tensor, context: Tensor) -> Tensor:
            rows.append(len(sample))
            return gaussian_v(sample, t, context)

        alone = gaussian_run(noise, 1.5, 4, 1.0, counted)
        assert rows == [8] * 4
        nearly = gaussian_run(noise, 1.5, 4, 1.0 + 1e-7, counted)
        assert rows[4:] == [16] * 4
        torch.testing.assert_close(alone, nearly, atol=1e-5, rtol=0)
        # For equal variances guidance w aims at w times the mean's difference.
        torch.testing.assert_close(gaussian_run(noise, 1.0, 4, 3.0), gaussian_run(noise, 3.0, 4), atol=1e-4, rtol=0)


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
        config = load_config(Path(__file__).parents[1] / "configs/emoji_distill.toml", DistillConfig)
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
        (tmp_path / "parts/trajectories").mkdir(parents=True)
        parts = replace(config, output=str(tmp_path / "parts"))
        trajectories = run_of(parts)
        first = DistillTrainer(parts, trajectories, trajectories._cache, CPU)
        for _ in range(3):
            first.train_step()
        first.save()
        first.close()
        second = distill(parts, False)
        assert second.step == whole.step == 6
        for name, value in whole.ema.module.state_dict().items():
            assert torch.equal(second.ema.module.state_dict()[name], value), name
