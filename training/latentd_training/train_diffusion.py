"""Train the second stage: python -m latentd_training.train_diffusion CONFIG.toml

Rombach et al. 2022 (arXiv:2112.10752), section 3.2: the denoiser learns in the latent space of a frozen first stage.
Run it again after a kill and it goes on where the last checkpoint was, with the same result.
"""

from pathlib import Path

from .cache import load_cache
from .checkpoint import StopSignal
from .config import load_config
from .dataset import load_dataset
from .diffusion_trainer import DiffusionConfig, DiffusionTrainer
from .precision import default_device
from .training_loop import parse_options, run


def train(config: DiffusionConfig, stop: StopSignal) -> DiffusionTrainer:
    """Train until `config.steps` or until `stop`."""
    dataset = load_dataset(Path(config.dataset))
    trainer = DiffusionTrainer(config, dataset, load_cache(Path(config.cache), dataset), default_device())
    try:
        run(trainer, stop)
    finally:
        trainer.close()
    return trainer


if __name__ == "__main__":
    train(load_config(parse_options("train_diffusion", __doc__), DiffusionConfig), StopSignal())
