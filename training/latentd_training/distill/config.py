"""What a distillation is told."""

from dataclasses import dataclass, field

from latentd_training.denoiser.sampling import SCHEDULER
from latentd_training.diffusion.conditions import ConditionsConfig


@dataclass(frozen=True)
class DistillConfig:
    """Where things lie, what the student shall do, and how long and how fast it learns.

    Paths are relative to where the command runs. The learning rate rises over `warmup` steps, stays, and falls to zero
    over the last `decay` steps. Raises ValueError for numbers of steps that do not fit each other.
    """

    dataset: str
    cache: str
    teacher: str  # weights that train_diffusion left, unet.pt
    output: str
    steps: int
    student_steps: int = 4  # how many steps the student will be sampled with; one student serves one number
    teacher_steps: int = 20  # DDIM steps of the run that the student learns to do
    guidance: float = 4.0  # the teacher's scale, which the student will need no more
    trajectories: int = 5120  # runs of the teacher
    autoencoder: str = ""  # weights of the first stage, for sample sheets; none are written without it
    batch_size: int = 64
    processes: int = 1  # more than 1: see processes.py, for CPUs that other work shares
    learning_rate: float = 2e-4
    warmup: int = 50
    decay: int = 0
    ema_decay: float = 0.99
    seed: int = 0
    save_minutes: float = 5.0
    report_steps: int = 50
    evaluate_steps: int = 200
    prompts: tuple[str, ...] = ()
    weights: dict[str, float] = field(default_factory=dict)
    conditions: ConditionsConfig = ConditionsConfig()

    def __post_init__(self) -> None:
        trained = SCHEDULER["num_train_timesteps"]
        _check_multiple("teacher_steps", self.teacher_steps, "student_steps", self.student_steps)
        _check_multiple("num_train_timesteps", trained, "teacher_steps", self.teacher_steps)
        _check_multiple("trajectories", self.trajectories, "batch_size", self.batch_size)


def _check_multiple(name: str, value: int, part_name: str, part: int) -> None:
    if part < 1 or value < 1 or value % part:
        raise ValueError(f"{name} is {value}; it must be a multiple of {part_name}, which is {part}")
