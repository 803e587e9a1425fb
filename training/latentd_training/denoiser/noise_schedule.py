"""The forward diffusion: scaled-linear betas with zero terminal SNR, and v-prediction targets.

Lin et al. 2024, "Common Diffusion Noise Schedules and Sample Steps are Flawed" (arXiv:2305.08891), Algorithm 1;
Salimans and Ho 2022, "Progressive Distillation" (arXiv:2202.00512), for v.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from latentd_training.denoiser.sampling import SCHEDULER


@dataclass(frozen=True)
class NoiseSchedule:
    """√ᾱ_t and √(1 − ᾱ_t), each [1000]."""

    signal: Tensor
    noise: Tensor

    def add_noise(self, latents: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """z_t = √ᾱ_t z + √(1 − ᾱ_t) ε for latents and noise [B, C, h, w] and timesteps [B]."""
        return _rows(self.signal, timesteps) * latents + _rows(self.noise, timesteps) * noise

    def velocity(self, latents: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """v = √ᾱ_t ε − √(1 − ᾱ_t) z, what the network learns to predict."""
        return _rows(self.signal, timesteps) * noise - _rows(self.noise, timesteps) * latents

    def jump(self, start: Tensor, end: Tensor, timesteps: Tensor, ends: Tensor) -> Tensor:
        """The v with which one DDIM step leads from `start` at `timesteps` to `end` at `ends`, −1 for clean latents.

        With φ = arccos √ᾱ, DDIM is a rotation (Salimans and Ho, appendix D):
        z_s = cos(φ_t − φ_s) z_t − sin(φ_t − φ_s) v. Solved for v this holds at zero terminal SNR too, where a target
        in ε would divide by √ᾱ = 0.
        """
        signal, noise = _rows(self.signal, timesteps), _rows(self.noise, timesteps)
        end_signal = torch.where(_is_clean(ends), 1.0, _rows(self.signal, ends.clamp(min=0)))
        end_noise = torch.where(_is_clean(ends), 0.0, _rows(self.noise, ends.clamp(min=0)))
        cosine, sine = end_signal * signal + end_noise * noise, end_signal * noise - end_noise * signal
        return (cosine * start - end) / sine


def _is_clean(timesteps: Tensor) -> Tensor:
    return (timesteps < 0)[:, None, None, None]


def _rows(values: Tensor, timesteps: Tensor) -> Tensor:
    return values[timesteps][:, None, None, None]


def zero_terminal_snr_schedule() -> NoiseSchedule:
    """The schedule that SCHEDULER names: the last step is pure noise."""
    roots = (SCHEDULER["beta_start"] ** 0.5, SCHEDULER["beta_end"] ** 0.5)
    betas = torch.linspace(*roots, SCHEDULER["num_train_timesteps"]) ** 2
    signal = torch.cumprod(1 - betas, 0).sqrt()
    signal = (signal - signal[-1]) * signal[0] / (signal[0] - signal[-1])
    return NoiseSchedule(signal, (1 - signal**2).sqrt())
