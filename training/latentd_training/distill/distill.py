"""Distil a trained denoiser into one of 1 to 4 steps without guidance: python -m latentd_training.distill CONFIG.toml

CONFIG is such as configs/emoji_distill.toml: `teacher` is the unet.pt of train_diffusion, `output` gets the student's
unet.pt, which `latentd_training.export` turns into a model folder (with the teacher's ae.pt beside it) that samples
with DDIM in `student_steps` steps at guidance 1 by default. Run it again after a kill and it goes on where it was.

How. The teacher draws `trajectories` pictures with DDIM and guidance, as latentd samples it by default (20 steps). Of
every run the latents are kept at the few timesteps that the student's own run will visit. Then the student, which
starts as the teacher, learns the one v that leads from each kept point to the next: progressive distillation (Salimans
and Ho 2022, arXiv:2202.00512; with guidance, Meng et al. 2023, arXiv:2210.03142), all its halvings in one go.

Why so, and not as a latent consistency model (Luo et al. 2023, arXiv:2310.04378)?
- Consistency training learns from a target that its own moving average makes, step by small step from the clean end.
  That takes many thousand optimizer steps; minutes of CPU buy about a thousand. Here every target is exact at once.
- A consistency model guesses the clean picture from pure noise and draws new noise in between. Here a step leads only
  to the next point of a deterministic run: a smaller change to learn, and no blur from averaging over what is open.
- Halving 16 steps to 8 to 4 would make the student of a student of a student; going from 20 to 4 at once, errors do
  not add up. It costs more evaluations of the teacher a trajectory, but only once, for every pass uses them again.
- A target in v is bounded at every timestep, at zero terminal SNR as well (NoiseSchedule.jump). Salimans and Ho made v
  for that; boundary scalings (c_skip, c_out) are not needed because no step ends where it starts.
What is trained is what is sampled: DDIM's trailing timesteps for exactly `student_steps` steps. A student of 4 steps
still draws in 2 or 8, less well; for the best picture in 1 or 2 steps, distil with that `student_steps`.

The scale of guidance is fixed, the model's default: the UNet has no input for it, and a small network that need not
know every scale learns the one that matters better.
"""

from pathlib import Path

from latentd_training.data.cache import load_cache
from latentd_training.data.dataset import load_dataset
from latentd_training.distill.config import DistillConfig
from latentd_training.distill.trainer import DistillTrainer
from latentd_training.distill.trajectories import Trajectories
from latentd_training.training.checkpoint import StopSignal
from latentd_training.training.config import load_config
from latentd_training.training.loop import parse_options, run
from latentd_training.training.precision import default_device


def distill(config: DistillConfig, stop: StopSignal) -> DistillTrainer | None:
    """Draw the teacher's trajectories, then train until `config.steps` or until `stop`; None if that came before."""
    dataset, device = load_dataset(Path(config.dataset)), default_device()
    cache = load_cache(Path(config.cache), dataset)
    trajectories = Trajectories(config, dataset, cache, device)
    trajectories.draw(stop)
    if stop:
        return None
    trainer = DistillTrainer(config, trajectories, cache, device)
    try:
        run(trainer, stop)
    finally:
        trainer.close()
    return trainer


def main() -> None:
    distill(load_config(parse_options("distill", __doc__), DistillConfig), StopSignal())
