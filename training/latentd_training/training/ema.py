"""Exponential moving average of weights (Karras et al. 2024, arXiv:2312.02696, on why its length matters)."""

import copy

import torch
from torch import nn


class Ema:
    """A shadow of `module` whose weights follow with `decay`, faster at first: min(decay, (1 + n) / (10 + n))."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.module = copy.deepcopy(module).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        """Move towards `module` after optimizer step number `step` (from 0)."""
        weight = 1 - min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(list(self.module.parameters()), list(module.parameters()), weight)
        for shadow, buffer in zip(self.module.buffers(), module.buffers()):
            shadow.copy_(buffer)
