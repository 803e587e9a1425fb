"""Reference sampling: diffusers' DDIMScheduler with classifier-free guidance, for golden files and calibration."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from diffusers import DDIMScheduler

from latentd_training.denoiser.unet import IN_CHANNELS

SCHEDULER = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "clip_sample": False,
    "num_train_timesteps": 1000,
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
}

Predict = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
"""(sample [2B, 81, h, w], timestep [2B], context [2B, N, 384]) to v [2B, 16, h, w]; B rows without guidance."""


@dataclass(frozen=True)
class Sampling:
    """How weights are to be sampled: DDIM steps and scale of guidance; a distilled student needs no guidance, 1."""

    steps: int = 20
    guidance: float = 4.0


@dataclass
class Conditions:
    """What a batch of samples is conditioned on: context [B, 24, 384] and channels behind the latents [B, 65, h, w]."""

    context: torch.Tensor
    concat: torch.Tensor = field(default_factory=lambda: torch.zeros(1, IN_CHANNELS - 16, 8, 8))


def seeded_noise(seed: int) -> torch.Tensor:
    return torch.randn(1, 16, 8, 8, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def denoise(predict: Predict, given: Conditions, ungiven: torch.Tensor, noise, steps: int, guidance: float):
    """Latents after every step, [steps, B, 16, h, w]; the guidance pair is one batch, unconditional rows first.

    At guidance 1 the empty condition has no weight and is not evaluated.
    """
    scheduler = DDIMScheduler(**SCHEDULER)
    scheduler.set_timesteps(steps)
    rows = noise.shape[0]
    context = given.context if guidance == 1 else torch.cat([ungiven.expand(rows, -1, -1), given.context])
    copies = len(context) // rows
    x, trajectory = noise, []
    for t in scheduler.timesteps:
        sample = torch.cat([x, given.concat.expand(rows, -1, -1, -1)], 1)
        v = predict(torch.cat([sample] * copies), t.float().expand(copies * rows).to(x.device), context)
        if guidance != 1:
            without, with_ = v.chunk(2)
            v = without + guidance * (with_ - without)
        x = scheduler.step(v, t, x).prev_sample
        trajectory.append(x)
    return torch.stack(trajectory)
