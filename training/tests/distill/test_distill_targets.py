"""The targets of distillation against closed forms: a Gaussian whose denoiser is known, and DDIM's rotation."""

import pytest
import torch
from diffusers import DDIMScheduler
from torch import Tensor, nn

from latentd_training.denoiser.noise_schedule import zero_terminal_snr_schedule
from latentd_training.denoiser.sampling import SCHEDULER, Conditions, denoise
from latentd_training.distill.trajectories import sampled_timesteps

SCHEDULE = zero_terminal_snr_schedule()
DEVIATION = 0.5  # of the toy's latents, each independent and normal


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


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
