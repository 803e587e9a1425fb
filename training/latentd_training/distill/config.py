"""What a distillation is told."""

from dataclasses import dataclass

from latentd_training.denoiser.sampling import SCHEDULER
from latentd_training.diffusion.denoiser_trainer import DenoiserTrainingConfig


@dataclass(frozen=True, kw_only=True)
class DistillConfig(DenoiserTrainingConfig):
    """What a distillation is told besides: what the student shall do.

    Raises ValueError for numbers of steps that do not fit each other.
    """

    teacher: str  # weights that train_diffusion left, unet.pt
    student_steps: int = 4  # how many steps the student will be sampled with; one student serves one number
    teacher_steps: int = 20  # DDIM steps of the run that the student learns to do
    guidance: float = 4.0  # the teacher's scale, which the student will need no more
    trajectories: int = 5120  # runs of the teacher
    learning_rate: float = 2e-4
    warmup: int = 50
    ema_decay: float = 0.99
    evaluate_steps: int = 200

    def __post_init__(self) -> None:
        trained = SCHEDULER["num_train_timesteps"]
        _check_multiple("teacher_steps", self.teacher_steps, "student_steps", self.student_steps)
        _check_multiple("num_train_timesteps", trained, "teacher_steps", self.teacher_steps)
        _check_multiple("trajectories", self.trajectories, "batch_size", self.batch_size)


def _check_multiple(name: str, value: int, part_name: str, part: int) -> None:
    if part < 1 or value < 1 or value % part:
        raise ValueError(f"{name} is {value}; it must be a multiple of {part_name}, which is {part}")
