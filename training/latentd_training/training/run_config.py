"""What every training run is told."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """Where things lie, and how long and how fast to learn; paths are relative to where the command runs.

    The learning rate rises over `warmup` steps, stays, and falls to zero over the last `decay` steps.
    """

    dataset: str
    output: str
    steps: int
    batch_size: int = 64
    learning_rate: float = 1e-3
    warmup: int = 200
    decay: int = 0
    seed: int = 0
    save_minutes: float = 5.0
    report_steps: int = 50
    evaluate_steps: int = 500
