"""Warm-up, plateau, decay to zero (Hu et al. 2024, arXiv:2404.06395): the plateau can be prolonged at any time."""


def learning_rate(peak: float, step: int, steps: int, warmup: int, decay: int) -> float:
    """The rate of optimizer step number `step` of `steps`, both slopes linear."""
    rising = min(1.0, (step + 1) / max(warmup, 1))
    falling = min(1.0, (steps - step) / max(decay, 1))
    return peak * rising * falling
