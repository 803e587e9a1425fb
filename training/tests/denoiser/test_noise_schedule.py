"""The schedule agrees with diffusers' own."""

import torch
from diffusers import DDIMScheduler

from latentd_training.denoiser.noise_schedule import zero_terminal_snr_schedule
from latentd_training.denoiser.sampling import SCHEDULER


def test_agrees_with_diffusers() -> None:
    schedule, scheduler = zero_terminal_snr_schedule(), DDIMScheduler(**SCHEDULER)
    generator = torch.Generator().manual_seed(0)
    latents, noise = torch.randn(2, 5, 16, 8, 8, generator=generator)
    timesteps = torch.tensor([0, 1, 500, 998, 999])
    expected = scheduler.add_noise(latents, noise, timesteps)
    torch.testing.assert_close(schedule.add_noise(latents, noise, timesteps), expected, atol=2e-5, rtol=0)
    expected = scheduler.get_velocity(latents, noise, timesteps)
    torch.testing.assert_close(schedule.velocity(latents, noise, timesteps), expected, atol=2e-5, rtol=0)


def test_the_last_step_is_pure_noise() -> None:
    schedule = zero_terminal_snr_schedule()
    assert schedule.signal[-1] == 0 and schedule.noise[-1] == 1
